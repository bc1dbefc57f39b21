import * as context from '../../../hardware/vtd/entries/context.js';
import * as directory from '../../../hardware/vtd/entries/directory.js';
import * as first from '../../../hardware/vtd/entries/first-level.js';
import * as pasids from '../../../hardware/vtd/entries/pasid.js';
import * as roots from '../../../hardware/vtd/entries/root.js';
import * as second from '../../../hardware/vtd/entries/second-level.js';
import { vtd } from '../../../hardware/vtd/index.js';
import type { CommandName } from '../../../hardware/vtd/invalidation.js';
import type { WorldShape } from '../../../vocabulary/shape.js';
import { SCRIPT_PAGE } from '../lsi.js';
import { type CaseBuilder, type Draw, pick, type Plot, type TableFormat } from '../plot.js';

/** Memory of 1 GiB from 0. */
export const FRAMES = 0x40000;
/** Frame 0 too: a 1 GiB page begins there, and what is a page is a table when its bit is lost. */
export const TABLES = [
  { first: 0, count: 1 },
  { first: 0x1000, count: 0x80 },
];
const ROOT = 0x1000;
const CONTEXTS = 0x1001;
const DIRECTORIES = 0x1002;
const PASIDS = 0x1004;
const FREE_TABLES = { first: 0x1010, count: 0x70 };

export const SMALL = [0x2000, 0x2001, 0x2002, 0x2003];
/** Frames that large pages begin at. */
export const LARGE = [0x2200, 0x2400];
const OFFSETS = [0, 1, 2, SCRIPT_PAGE, 0x1ff];
export const DATA_FRAMES = [
  ...SMALL,
  ...LARGE.flatMap((base) => OFFSETS.map((offset) => base + offset)),
  SCRIPT_PAGE,
];

/** Neighbours in a table, tables that neighbour, and pages that a 1 GiB page at 0 leads to data frames. */
export const PAGES = [0, 1, 2, 0x1ff, 0x200, 0x201, 0x400, 0x40000, 0x40001, 0x42000, 0x42201, 0x5ffff];
/** Where requests pass through, pages are the frames themselves. */
export const PASSED_PAGES = [...SMALL, ...LARGE, 0x2201, 0x2401];
const PERMISSIONS = [3, 3, 3, 1, 2];
const DOMAINS = [5, 6];
const RID_PASIDS = [0, 1, 70];

const FIRST: TableFormat = {
  levels: 4,
  table: (frame) => first.makeFirstLevel(frame, 7),
  leaf: (frame, permission, level) =>
    first.makeFirstLevel(
      frame,
      first.FIRST_PRESENT | first.FIRST_USER | (permission & 2) | (level > 1 ? first.FIRST_LARGE : 0),
    ),
  next: (low, high, level) =>
    first.isFirstPresent(low) && !first.isFirstLeaf(low, level) ? pasids.pasidTable(low, high) : -1,
};
const SECOND: TableFormat = {
  levels: 4,
  table: (frame) => second.makeSecondLevel(frame, 3),
  leaf: (frame, permission, level) =>
    second.makeSecondLevel(frame, permission | (level > 1 ? second.SECOND_LARGE : 0)),
  next: (low, high, level) =>
    second.isSecondPresent(low) && !second.isSecondLeaf(low, level) ? pasids.pasidTable(low, high) : -1,
};

/** Bits that an entry of the format may lose or gain: rights, the large-page bit, reserved and ignored bits (9.7, 9.8). */
const FIRST_BITS = { low: [1, 2, 4, 2, 4, 0x80, 0x200], high: [0x00080000, 0x00100000, 0x40000000] };
const SECOND_BITS = { low: [1, 2, 3, 1, 2, 0x80, 0x400], high: [0x00080000, 0x40000000, 0x00100000] };

/** Cases of one kind of translation by RID_PASID: two devices, two tables, two domains. */
export function vtdPlot(mode: 'first' | 'second' | 'pass-through', shape: WorldShape): Plot {
  const type = {
    first: pasids.FIRST_LEVEL,
    second: pasids.SECOND_LEVEL,
    'pass-through': pasids.SECOND_LEVEL,
  }[mode];
  const format = mode === 'first' ? FIRST : SECOND;
  const bits = mode === 'first' ? FIRST_BITS : SECOND_BITS;
  const pages = mode === 'pass-through' ? PASSED_PAGES : PAGES;
  const spaces = [FREE_TABLES.first, FREE_TABLES.first + 1];
  const { devices } = shape;
  let ridPasids: number[] = [];

  const entry = (
    builder: CaseBuilder,
    device: number,
    draw: Draw,
    its: number,
    flags = pasids.PASID_PRESENT,
  ): void => {
    const at = pasids.pasidIndex(ridPasids[device]);
    const table = pick(draw, spaces);
    builder.store(PASIDS + device, at + 1, pasids.makePasid1(pick(draw, DOMAINS)));
    if (its === pasids.FIRST_LEVEL) builder.store(PASIDS + device, at + 2, pasids.makePasid2(table));
    builder.store(
      PASIDS + device,
      at,
      pasids.makePasid0(its, its === pasids.SECOND_LEVEL ? table : 0, flags),
    );
  };
  const usual = (draw: Draw): number =>
    mode === 'pass-through' && draw(3) !== 0 ? pasids.PASS_THROUGH : type;
  const contextEntry = (builder: CaseBuilder, device: number, flags: number, extra: number): void => {
    const at = context.contextIndex(devices[device].rid);
    builder.store(CONTEXTS, at + 1, context.makeContext1(ridPasids[device], extra));
    builder.store(CONTEXTS, at, context.makeContext0(DIRECTORIES + device, 0, flags));
  };
  const everywhere = (builder: CaseBuilder): void =>
    builder.act({ do: 'command', ...command('context-global') });

  return {
    hardware: vtd.name,
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
      ridPasids = devices.map(() => pick(draw, RID_PASIDS));
      builder.table(spaces.length);
      builder.store(ROOT, 0, roots.makeRootHalf(CONTEXTS));
      devices.forEach((_, device) => {
        contextEntry(builder, device, context.CONTEXT_PRESENT, 0);
        const place = directory.directoryIndex(ridPasids[device]);
        builder.store(DIRECTORIES + device, place, directory.makeDirectoryEntry(PASIDS + device));
        entry(builder, device, draw, usual(draw));
      });
      for (const space of spaces) builder.map(format, space, SCRIPT_PAGE, pick(draw, SMALL), 3);
    },
    map(builder, draw) {
      const space = pick(draw, spaces);
      const page = pick(draw, pages);
      const level = pick(draw, [1, 1, 1, 1, 2, 3]);
      const frame = level === 1 ? pick(draw, SMALL) : level === 2 ? pick(draw, LARGE) : 0;
      builder.map(format, space, page, frame, pick(draw, PERMISSIONS), level);
    },
    edit(builder, draw) {
      const level = pick(draw, [1, 1, 1, 1, 1, 2, 2, 3, 4]);
      const what = draw(8);
      builder.edit(format, pick(draw, spaces), builder.page(draw, pages), level, (low, high) => {
        if (what === 0) return [0, 0];
        if (what < 4) return [low ^ pick(draw, bits.low), high];
        if (what === 4) return [low, high ^ pick(draw, bits.high)];
        const permission = pick(draw, PERMISSIONS);
        if (level === 1) return format.leaf(pick(draw, SMALL), permission, 1);
        if (level === 2) return format.leaf(pick(draw, LARGE), permission, 2);
        return level === 3 ? format.leaf(0, permission, 3) : [low, high];
      });
    },
    configure(builder, draw) {
      const device = draw(devices.length);
      switch (draw(10)) {
        case 0:
          contextEntry(builder, device, 0, 0);
          break;
        case 1:
          // Reserved: bits 8:5 of qword 0, 63:21 of qword 1.
          contextEntry(builder, device, context.CONTEXT_PRESENT | (draw(2) << 5), draw(2) << 21);
          break;
        case 2:
          entry(builder, device, draw, usual(draw), 0);
          break;
        case 3:
          // QEMU goes on with what it has not read where the context entry is cached: empty that first.
          everywhere(builder);
          entry(builder, device, draw, pick(draw, [0, 5, 6, 7]), draw(3) === 0 ? 0 : pasids.PASID_PRESENT);
          everywhere(builder);
          break;
        case 4:
          builder.store(
            ROOT,
            0,
            roots.makeRootHalf(CONTEXTS).map((word, i) => (i === 0 ? word & ~draw(2) : word)) as [
              number,
              number,
            ],
          );
          break;
        case 5: {
          const place = directory.directoryIndex(ridPasids[device]);
          everywhere(builder);
          builder.store(
            DIRECTORIES + device,
            place,
            draw(2) === 0 ? [0, 0] : directory.makeDirectoryEntry(PASIDS + device),
          );
          everywhere(builder);
          break;
        }
        default:
          entry(builder, device, draw, usual(draw));
          contextEntry(builder, device, context.CONTEXT_PRESENT, 0);
      }
    },
    invalidate(builder, draw) {
      const names: readonly CommandName[] = [
        'context-global',
        'context-device',
        'context-device',
        'pasid-cache-global',
        'pasid-cache-domain',
        'pasid-cache-pasid',
        'iotlb-global',
        'iotlb-domain',
        'iotlb-domain',
        'iotlb-page',
        'iotlb-page',
        ...(mode === 'first' ? (['pasid-iotlb-pasid', 'pasid-iotlb-page', 'pasid-iotlb-page'] as const) : []),
      ];
      const device = draw(devices.length);
      const mask = pick(draw, [0, 0, 0, 1, 9, 18]);
      const page = builder.page(draw, pages);
      return {
        ...command(pick(draw, names), device),
        pasid: pick(draw, [ridPasids[device], ridPasids[device], 0, 1]),
        tag: pick(draw, DOMAINS),
        page: page - (page % 2 ** mask),
        mask,
        hint: draw(2),
      };
    },
  };
}

function command(name: CommandName, device = 0) {
  return { name, device, pasid: 0, tag: 0, page: 0, mask: 0, hint: 0 };
}
