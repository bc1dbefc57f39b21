import * as context from '../../../hardware/smmuv3/entries/context.js';
import * as stream from '../../../hardware/smmuv3/entries/stream.js';
import * as table from '../../../hardware/smmuv3/entries/table.js';
import { type CommandName, smmuv3 } from '../../../hardware/smmuv3/index.js';
import { SCRIPT_PAGE } from '../lsi.js';
import { type CaseBuilder, type Draw, pick, type Plot, type TableFormat } from '../plot.js';

/** Memory of 1 GiB from 2^30. */
export const FRAMES = 0x80000;
/** A linear stream table has to be aligned to its size, and only its first page is used. */
const LINEAR = 0x41400;
const STREAM_DIRECTORY = 0x41000;
const STREAMS = 0x41002;
const CONTEXTS = 0x41004;
const SECOND_ROOTS = [0x41010, 0x41011];
const FIRST_ROOTS = [0x41018, 0x41019];
const FREE_TABLES = { first: 0x41020, count: 0xe0 };
/** Where a block of 1 GiB begins, too: it is a table when its bits are changed, and the machine keeps its description there. */
export const TABLES = [
  { first: 0x40000, count: 1 },
  { first: 0x41000, count: 0x100 },
  { first: LINEAR, count: 1 },
];
/** Everything a guest keeps its tables in lies in this 2 MiB, which the second stage maps to itself. */
const GUEST_TABLES = 0x41000;

const SMALL = [0x42000, 0x42001, 0x42002, 0x42003];
const LARGE = [0x42200, 0x42400];
/** Where a 1 GiB block leads, and where memory begins. */
const HUGE = 0x40000;
const OFFSETS = [0, 1, 2, SCRIPT_PAGE, 0x1ff];
export const DATA_FRAMES = [
  ...SMALL,
  ...LARGE.flatMap((base) => OFFSETS.map((offset) => base + offset)),
  HUGE + SCRIPT_PAGE,
];

/** 0x42000 is a data frame's own number, and what a 1 GiB block gives. */
export const PAGES = [0, 1, 2, 0x1ff, 0x200, 0x201, 0x400, 0x40000, 0x42000, 0x42201, 0x42002, 0x5ffff];
/** Where requests bypass, pages are the frames themselves. */
export const BYPASS_SCRIPT = SMALL[3];
const BYPASS_PAGES = [...SMALL.slice(0, 3), ...LARGE, 0x42201, 0x42401];
/** Intermediate pages that a guest maps its own to, and what it maps blocks to. */
const GUEST_SMALL = [0x100, 0x101, 0x102, 0x300];
const GUEST_LARGE = [0x400];

const ASIDS = [7, 8];
const VMIDS = [5, 6];
const TABLE = table.DESCRIPTOR_VALID | table.DESCRIPTOR_TABLE;

function firstFlags(permission: number, level: number): number {
  const readOnly = (permission & 2) !== 0 ? 0 : table.AP_READ_ONLY;
  return (level === 1 ? TABLE : 1) | table.AP_USER | readOnly | table.ACCESSED | table.NOT_GLOBAL;
}

function secondFlags(permission: number, level: number): number {
  return (level === 1 ? TABLE : 1) | (permission << 6) | table.ACCESSED;
}

function format(levels: number, flags: (permission: number, level: number) => number): TableFormat {
  return {
    levels,
    table: (frame) => table.makeDescriptor(frame, TABLE),
    leaf: (frame, permission, level) => table.makeDescriptor(frame, flags(permission, level)),
    next: (low, high, level) =>
      table.isDescriptor(low, level) && !table.isDescriptorLeaf(low, level)
        ? table.descriptorFrame(low, high, level, false)
        : -1,
  };
}

/** Cases of one STE.Config: a linear or two-level stream table, two devices, two tables a stage, ASIDs and VMIDs. */
export function smmuPlot(
  mode: 'first' | 'second' | 'nested' | 'bypass',
  rootMode: number,
  devices: readonly { readonly rid: number }[],
): Plot {
  const hasFirst = mode === 'first' || mode === 'nested';
  const hasSecond = mode !== 'first';
  const nested = mode === 'nested';
  const config = stream.CONFIG[mode === 'bypass' ? 'second' : mode];
  const pages = mode === 'bypass' ? BYPASS_PAGES : PAGES;
  const scriptPage = mode === 'bypass' ? BYPASS_SCRIPT : SCRIPT_PAGE;
  const streams = rootMode === 2 ? STREAMS : LINEAR;

  /** Per case: the levels of both stages. */
  let firstFormat = format(4, firstFlags);
  let secondFormat = format(3, secondFlags);

  const streamEntry = (
    builder: CaseBuilder,
    device: number,
    draw: Draw,
    its: number,
    over = { low0: 0, flags2: 0 },
  ) => {
    const at = stream.streamIndex(devices[device].rid);
    const levels = hasSecond ? secondFormat.levels : 0;
    const [low, high] = stream.makeStream0(its, hasFirst ? CONTEXTS + device : 0);
    builder.store(streams, at + 1, stream.makeStream1(0));
    builder.store(streams, at + 2, stream.makeStream2(pick(draw, VMIDS), levels, over.flags2));
    builder.store(streams, at + 3, hasSecond ? stream.makeStream3(pick(draw, SECOND_ROOTS)) : [0, 0]);
    builder.store(streams, at, [low ^ over.low0, high]);
  };
  const usual = (draw: Draw): number => (mode === 'bypass' && draw(3) !== 0 ? stream.CONFIG.bypass : config);
  const contextEntry = (
    builder: CaseBuilder,
    device: number,
    draw: Draw,
    wrong: readonly [number, number] = [0, 0],
  ) => {
    const at = context.contextIndex(0);
    const affd = draw(6) === 0 ? context.CD_AFFD : 0;
    const [low, high] = context.makeContext0(pick(draw, ASIDS), firstFormat.levels, affd);
    builder.store(CONTEXTS + device, at + 1, context.makeContext1(pick(draw, FIRST_ROOTS)));
    builder.store(CONTEXTS + device, at, [low ^ wrong[0], high ^ wrong[1]]);
  };
  const directoryEntry = (builder: CaseBuilder, isThere: boolean): void =>
    builder.store(STREAM_DIRECTORY, 0, isThere ? stream.makeStreamDirectory(STREAMS) : [0, 0]);

  const stageOf = (draw: Draw) => {
    if (hasSecond && (!nested || draw(2) === 0)) {
      const inputs = nested
        ? [...GUEST_SMALL, GUEST_LARGE[0], GUEST_LARGE[0] + 1, GUEST_LARGE[0] + SCRIPT_PAGE]
        : pages;
      return {
        isFirst: false,
        format: secondFormat,
        root: pick(draw, SECOND_ROOTS),
        inputs,
        small: SMALL,
        large: LARGE,
      };
    }
    const targets = nested ? { small: GUEST_SMALL, large: GUEST_LARGE } : { small: SMALL, large: LARGE };
    return { isFirst: true, format: firstFormat, root: pick(draw, FIRST_ROOTS), inputs: pages, ...targets };
  };
  type Stage = ReturnType<typeof stageOf>;
  const frameFor = (draw: Draw, level: number, stage: Stage): number => {
    if (level === 1) return pick(draw, stage.small);
    return level === 2 ? pick(draw, stage.large) : HUGE;
  };
  const change = (
    draw: Draw,
    stage: Stage,
    level: number,
    low: number,
    high: number,
  ): readonly [number, number] => {
    const what = draw(7);
    // Bits are changed of what is there: an entry of nothing else would be a block without AP[1], or of level 0.
    if (what === 0 || ((what < 5 || level === 4) && (low | high) === 0)) return [0, 0];
    if (what === 1 || level === 4) return [low ^ table.DESCRIPTOR_VALID, high];
    if (what === 2) {
      // A table that becomes a block has the bits of one: QEMU does not look at AP[1].
      const leaf = stage.isFirst ? table.AP_USER | table.NOT_GLOBAL : 0;
      return [(low ^ table.DESCRIPTOR_TABLE) | leaf, high];
    }
    // The access flag, read-only; of an upper entry, what it takes away.
    if (what === 3) return [low ^ table.ACCESSED, high];
    if (what === 4)
      return level > 1 && stage.isFirst
        ? [low, high ^ table.TABLE_READ_ONLY]
        : [low ^ table.AP_READ_ONLY, high];
    return stage.format.leaf(frameFor(draw, level, stage), pick(draw, [3, 3, 1]), level);
  };

  return {
    hardware: smmuv3.name,
    mode,
    frames: FRAMES,
    tables: FREE_TABLES,
    zeroed: TABLES,
    root: rootMode === 2 ? STREAM_DIRECTORY : LINEAR,
    rootMode,
    devices: devices.length,
    pasids: [-1],
    pages,
    scriptPage,
    prepare(builder, draw) {
      firstFormat = format(3 + draw(2), firstFlags);
      secondFormat = format(3 + draw(2), secondFlags);
      if (rootMode === 2) directoryEntry(builder, true);
      devices.forEach((_, device) => {
        streamEntry(builder, device, draw, usual(draw));
        if (hasFirst) contextEntry(builder, device, draw);
      });
      for (const root of hasSecond ? SECOND_ROOTS : []) {
        if (!nested) builder.map(secondFormat, root, scriptPage, pick(draw, SMALL), 3);
        else {
          builder.map(secondFormat, root, GUEST_TABLES, GUEST_TABLES, 3, 2);
          for (const page of GUEST_SMALL) builder.map(secondFormat, root, page, pick(draw, SMALL), 3);
          if (draw(2) === 0) builder.map(secondFormat, root, GUEST_LARGE[0], pick(draw, LARGE), 3, 2);
        }
      }
      for (const root of hasFirst ? FIRST_ROOTS : [])
        builder.map(firstFormat, root, SCRIPT_PAGE, nested ? GUEST_SMALL[0] : pick(draw, SMALL), 3);
    },
    map(builder, draw) {
      const stage = stageOf(draw);
      const level = pick(draw, [1, 1, 1, 1, 2, nested ? 1 : 3]);
      const page = pick(draw, stage.inputs);
      builder.map(stage.format, stage.root, page, frameFor(draw, level, stage), pick(draw, [3, 3, 1]), level);
    },
    edit(builder, draw) {
      const stage = stageOf(draw);
      const level = pick(draw, [1, 1, 1, 1, 1, 2, 2, 3, 4]);
      if (level > stage.format.levels) return;
      const page = stage.inputs === pages ? builder.page(draw, pages) : pick(draw, stage.inputs);
      builder.edit(stage.format, stage.root, page, level, (low, high) => {
        const changed = change(draw, stage, level, low, high);
        // Below memory there are devices, and no tables.
        const isTable = stage.format.next(changed[0], changed[1], level) >= 0;
        return isTable && table.descriptorFrame(changed[0], changed[1], level, false) < HUGE
          ? [0, 0]
          : changed;
      });
    },
    configure(builder, draw) {
      const device = draw(devices.length);
      switch (draw(9)) {
        case 0:
          streamEntry(builder, device, draw, usual(draw), { low0: stream.STE_VALID, flags2: 0 });
          break;
        case 1:
          streamEntry(builder, device, draw, pick(draw, [stream.CONFIG.abort, stream.CONFIG.bypass]));
          break;
        case 2:
          // Stalls, and another endianness.
          if (hasSecond)
            streamEntry(builder, device, draw, usual(draw), {
              low0: 0,
              flags2: pick(draw, [1 << 25, 1 << 20, stream.S2_AFFD]),
            });
          break;
        case 3:
          if (hasFirst) {
            const wrong = pick(draw, [
              [context.CD_VALID, 0],
              [1 << 15, 0],
              [0, 1 << 9],
              [0, 1 << 12],
              [0, 1 << 14],
            ] as const);
            contextEntry(builder, device, draw, wrong);
          }
          break;
        case 4:
          if (rootMode === 2) directoryEntry(builder, draw(2) === 0);
          break;
        default:
          streamEntry(builder, device, draw, usual(draw));
          if (hasFirst) contextEntry(builder, device, draw);
      }
    },
    invalidate(builder, draw) {
      const firsts: readonly CommandName[] = [
        'tlbi-nh-all',
        'tlbi-nh-asid',
        'tlbi-nh-va',
        'tlbi-nh-va',
        'tlbi-nh-vaa',
      ];
      const seconds: readonly CommandName[] = ['tlbi-s12-vmall', 'tlbi-s2-ipa', 'tlbi-s2-ipa'];
      const names: readonly CommandName[] = [
        ...(['cfgi-ste', 'cfgi-ste', 'cfgi-all', 'cfgi-cd', 'cfgi-cd-all', 'tlbi-nsnh-all'] as const),
        ...(hasFirst || draw(4) === 0 ? firsts : []),
        ...(hasSecond || draw(4) === 0 ? seconds : []),
      ];
      const name = pick(draw, names);
      const inputs = name === 'tlbi-s2-ipa' && nested ? [...GUEST_SMALL, GUEST_TABLES] : pages;
      return {
        name,
        device: draw(devices.length),
        pasid: name === 'cfgi-cd' ? 0 : pick(draw, ASIDS),
        tag: pick(draw, VMIDS),
        page: inputs === pages ? builder.page(draw, pages) : pick(draw, inputs),
        mask: 0,
        hint: draw(2),
      };
    },
  };
}
