import { pasidTable } from '../../../hardware/vtd/entries/pasid.js';
import * as second from '../../../hardware/vtd/entries/second-level.js';
import * as entries from '../../../hardware/vtd-legacy/entries.js';
import { type CommandName, vtdLegacy } from '../../../hardware/vtd-legacy/index.js';
import { SCRIPT_PAGE } from '../lsi.js';
import { type CaseBuilder, type Draw, pick, type Plot, type TableFormat } from '../plot.js';
import { FRAMES, LARGE, PAGES, PASSED_PAGES, SMALL, TABLES } from '../vtd/plots.js';

const ROOT = 0x1000;
const CONTEXTS = 0x1001;
const FREE_TABLES = { first: 0x1010, count: 0x70 };
const PERMISSIONS = [3, 3, 3, 1, 2];
const DOMAINS = [5, 6];
/** Rights, the large-page bit, and ignored bits of a low word; reserved and ignored bits of a high one (9.8). */
const LOW_BITS = [1, 2, 3, 1, 2, 0x80, 0x400];
const HIGH_BITS = [0x00080000, 0x40000000, 0x00100000];

/** Cases of one kind of context entry: two devices, two tables, two domains. */
export function legacyPlot(mode: string, levels: number, devices: readonly { readonly rid: number }[]): Plot {
  const passes = mode === 'pass-through';
  const pages = passes ? PASSED_PAGES : PAGES;
  const spaces = [FREE_TABLES.first, FREE_TABLES.first + 1];
  const format: TableFormat = {
    levels,
    table: (frame) => second.makeSecondLevel(frame, 3),
    leaf: (frame, permission, level) =>
      second.makeSecondLevel(frame, permission | (level > 1 ? second.SECOND_LARGE : 0)),
    next: (low, high, level) =>
      second.isSecondPresent(low) && !second.isSecondLeaf(low, level) ? pasidTable(low, high) : -1,
  };
  const usual = (draw: Draw): number =>
    passes && draw(3) !== 0 ? entries.TYPE.passThrough : entries.TYPE.untranslated;
  const context = (
    builder: CaseBuilder,
    device: number,
    draw: Draw,
    type: number,
    flags = 1,
    width = levels,
    stray = 0,
  ) => {
    const at = entries.contextIndex(devices[device].rid);
    const [low, high] = entries.makeContext1(width, pick(draw, DOMAINS));
    builder.store(CONTEXTS, at + 1, [low | stray, high]);
    builder.store(CONTEXTS, at, entries.makeContext0(type, pick(draw, spaces), flags));
  };

  return {
    hardware: vtdLegacy.name,
    mode,
    frames: FRAMES,
    tables: FREE_TABLES,
    zeroed: TABLES,
    root: ROOT,
    rootMode: 0,
    devices: devices.length,
    pasids: [-1],
    pages,
    prepare(builder, draw) {
      builder.table(spaces.length);
      builder.store(ROOT, 0, entries.makeRoot(CONTEXTS));
      devices.forEach((_, device) => {
        context(builder, device, draw, usual(draw));
      });
      for (const space of spaces) builder.map(format, space, SCRIPT_PAGE, pick(draw, SMALL), 3);
    },
    map(builder, draw) {
      const level = pick(draw, [1, 1, 1, 1, 2, 3]);
      const frame = level === 1 ? pick(draw, SMALL) : level === 2 ? pick(draw, LARGE) : 0;
      builder.map(format, pick(draw, spaces), pick(draw, pages), frame, pick(draw, PERMISSIONS), level);
    },
    edit(builder, draw) {
      const level = pick(draw, [1, 1, 1, 1, 1, 2, 2, 3, 4]);
      if (level > levels) return;
      const what = draw(8);
      builder.edit(format, pick(draw, spaces), builder.page(draw, pages), level, (low, high) => {
        if (what === 0) return [0, 0];
        if (what < 4) return [low ^ pick(draw, LOW_BITS), high];
        if (what === 4) return [low, high ^ pick(draw, HIGH_BITS)];
        const permission = pick(draw, PERMISSIONS);
        if (level === 1) return format.leaf(pick(draw, SMALL), permission, 1);
        if (level === 2) return format.leaf(pick(draw, LARGE), permission, 2);
        return level === 3 ? format.leaf(0, permission, 3) : [low, high];
      });
    },
    configure(builder, draw) {
      const device = draw(devices.length);
      switch (draw(8)) {
        case 0:
          context(builder, device, draw, usual(draw), 0);
          break;
        case 1:
          // Reserved: bits 11:4 of qword 0, 7 and 63:24 of qword 1.
          context(builder, device, draw, usual(draw), 1 | (draw(2) << 5), levels, pick(draw, [0, 1 << 24]));
          break;
        case 2:
          // A width that there is not, a reserved type.
          context(builder, device, draw, draw(2) === 0 ? 3 : 0, 1, pick(draw, [levels, 5, 6]));
          break;
        case 3: {
          const [low, high] = entries.makeRoot(CONTEXTS);
          builder.store(ROOT, 0, [low & ~draw(2), high]);
          break;
        }
        default:
          context(builder, device, draw, usual(draw));
      }
    },
    invalidate(builder, draw) {
      const names: readonly CommandName[] = [
        ...(['context-global', 'context-domain', 'context-device', 'context-device'] as const),
        ...(['iotlb-global', 'iotlb-domain', 'iotlb-domain', 'iotlb-page', 'iotlb-page'] as const),
      ];
      const mask = pick(draw, [0, 0, 0, 1, 9, 18]);
      const page = builder.page(draw, pages);
      const tag = pick(draw, DOMAINS);
      const device = draw(devices.length);
      return {
        name: pick(draw, names),
        device,
        pasid: 0,
        tag,
        page: page - (page % 2 ** mask),
        mask,
        hint: draw(2),
      };
    },
  };
}
