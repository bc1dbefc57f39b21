import * as dc from '../../../hardware/riscv/entries/device-context.js';
import * as directory from '../../../hardware/riscv/entries/directory.js';
import * as pte from '../../../hardware/riscv/entries/page-table.js';
import * as pc from '../../../hardware/riscv/entries/process-context.js';
import { type CommandName, riscv } from '../../../hardware/riscv/index.js';
import { SCRIPT_PAGE } from '../lsi.js';
import { type CaseBuilder, type Draw, pick, type Plot, type TableFormat } from '../plot.js';
import { GSCIDS } from './board.js';

/** Memory of 1 GiB from 2^31. */
export const FRAMES = 0xc0000;
export const TABLES = [{ first: 0x81000, count: 0x100 }];
/** Tables of the device directory by level, and the page of device contexts. */
const DIRECTORY = 0x81000;
const CONTEXTS = 0x81003;
const PROCESSES = 0x81005;
/** Second-stage roots, of four frames each; first-stage roots. */
const SECOND_ROOTS = [0x81010, 0x81014];
const FIRST_ROOTS = [0x81018, 0x81019];
const FREE_TABLES = { first: 0x81020, count: 0xe0 };
/** Everything a guest keeps its tables in lies in this 2 MiB, which the second stage maps to itself. */
const GUEST_TABLES = 0x81000;

const SMALL = [0x82000, 0x82001, 0x82002, 0x82003];
const LARGE = [0x82200, 0x82400];
/** Where a 1 GiB page leads. */
const HUGE = 0x80000;
const OFFSETS = [0, 1, 2, SCRIPT_PAGE, 0x1ff];
export const DATA_FRAMES = [
  ...SMALL,
  ...LARGE.flatMap((base) => OFFSETS.map((offset) => base + offset)),
  HUGE + SCRIPT_PAGE,
];
/** Of the debug interface's answers the low ten bits of a frame number are lost: these differ above. */
const ASKED_SMALL = [0x90000, 0x90400, 0x90800, 0x90c00];
const ASKED_LARGE = [0x91000, 0x91400];

/** The last but one is a data frame's own number: a translation to itself. */
export const PAGES = [0, 1, 2, 0x1ff, 0x200, 0x201, 0x400, 0x40000, 0x42000, 0x42201, 0x82000, 0x3ffff];
/** Above what a 32-bit master can name: levels 4 and 5, the sign bit, and what is not canonical. */
const HIGH_PAGES = [2 ** 26, 2 ** 27 + 0x200, 2 ** 35, 2 ** 36 + 1, 2 ** 44, 2 ** 52 - 1, 2 ** 52 - 0x200];
/** Guest-physical pages that a guest maps its own to, and what it maps large pages to. */
const GUEST_SMALL = [0x100, 0x101, 0x102, 0x300];
const GUEST_LARGE = [0x400];

const PSCIDS = [0, 7, 8];
const PIDS = [1, 2, 9];
const READ = 0x53;
const READ_WRITE = 0xd7;
/**
 * What an edit makes of an entry's flags: rights, A and D (D never without A: QEMU does not look at A for a write), a pointer,
 * reserved combinations, not valid.
 */
const FLAGS = [READ_WRITE, READ_WRITE, READ, 0x57, 0x13, 0xd5, 0xd9, 0xdd, 0xd6, 0x01];

const leafFlags = (permission: number): number => ((permission & 2) !== 0 ? READ_WRITE : READ);

function format(levels: number, isSecond: boolean): TableFormat {
  return {
    levels,
    table: (frame) => pte.makePte(frame, pte.PTE_VALID),
    leaf: (frame, permission) => pte.makePte(frame, leafFlags(permission)),
    next: (low, high) => (pte.isPteValid(low) && !pte.isPteLeaf(low) ? pte.pteFrame(low, high) : -1),
    // The four frames of a root count as one table: an index of 11 bits reaches into those behind the first.
    ...(isSecond ? { rootIndex: (page: number) => Math.floor(page / 512 ** (levels - 1)) % 2048 } : {}),
  };
}

/** What the two stages are, by their levels, and how requests come. */
export interface RiscvPlot {
  readonly mode: string;
  readonly first: number;
  readonly second: number;
  /** Requests are asked of the debug interface, and whether they carry a process id. */
  readonly asked: boolean;
  readonly carries: boolean;
  readonly devices: readonly { readonly rid: number }[];
}

/** Cases of one choice of stages: device directories of a depth drawn for each, two devices, two tables a stage. */
export function riscvPlot({ mode, first, second, asked, carries, devices }: RiscvPlot, levels: number): Plot {
  const firstFormat = format(first, false);
  const secondFormat = format(second, true);
  const nested = first > 0 && second > 0;
  const small = asked ? ASKED_SMALL : SMALL;
  const large = asked ? ASKED_LARGE : LARGE;
  const isBare = first + second === 0;
  const pages = asked && !isBare ? [...PAGES, ...HIGH_PAGES] : PAGES;
  const tableAt = (level: number): number => (level === 1 ? CONTEXTS : DIRECTORY + 3 - level);
  const mode4 = (stage: number): number => (stage > 0 ? stage + 5 : dc.MODE.bare);

  const processContext = (
    builder: CaseBuilder,
    device: number,
    pid: number,
    draw: Draw,
    flags = pc.PC_VALID,
  ): void => {
    const at = directory.processIndex(pid, 1) * pc.PC_QWORDS;
    builder.store(
      PROCESSES + device,
      at + 1,
      dc.makeFirstStage(mode4(first), first > 0 ? pick(draw, FIRST_ROOTS) : 0),
    );
    builder.store(PROCESSES + device, at, pc.makeProcessAttributes(pick(draw, PSCIDS), flags));
  };
  const deviceContext = (builder: CaseBuilder, device: number, draw: Draw, flags = 0): void => {
    const at = directory.deviceIndex(devices[device].rid, 1) * dc.DC_QWORDS;
    // By DMA too, a process directory with a default process now and then.
    const hasProcesses = carries || draw(5) === 0;
    const byDefault = !carries || draw(2) === 0 ? dc.DC_DEFAULT_PROCESS : 0;
    const tc = dc.DC_VALID | flags | (hasProcesses ? dc.DC_PROCESS_DIRECTORY | byDefault : 0);
    const root = second > 0 ? pick(draw, SECOND_ROOTS) : 0;
    const stage = hasProcesses
      ? dc.makeFirstStage(1, PROCESSES + device)
      : dc.makeFirstStage(mode4(first), first > 0 ? pick(draw, FIRST_ROOTS) : 0);
    builder.store(
      CONTEXTS,
      at + 1,
      dc.makeSecondStage(mode4(second), second > 0 ? pick(draw, GSCIDS) : 0, root),
    );
    builder.store(CONTEXTS, at + 2, dc.makeTranslationAttributes(pick(draw, PSCIDS)));
    builder.store(CONTEXTS, at + 3, stage);
    builder.store(CONTEXTS, at, [tc, 0]);
  };
  const directoryEntry = (builder: CaseBuilder, level: number, device: number, flags: number): void => {
    const index = directory.deviceIndex(devices[device].rid, level);
    const [low, high] = directory.makeDirectory(tableAt(level - 1));
    builder.store(tableAt(level), index, [(low & ~1) | flags, high]);
  };

  /** One of the tables, with what its leaves may lead to. */
  const stageOf = (draw: Draw) => {
    if (second > 0 && (!nested || draw(2) === 0)) {
      const inputs = nested
        ? [...GUEST_SMALL, GUEST_LARGE[0], GUEST_LARGE[0] + 1, GUEST_LARGE[0] + SCRIPT_PAGE]
        : pages;
      return { format: secondFormat, root: pick(draw, SECOND_ROOTS), inputs, small, large };
    }
    const targets = nested ? { small: GUEST_SMALL, large: GUEST_LARGE } : { small, large };
    return { format: firstFormat, root: pick(draw, FIRST_ROOTS), inputs: pages, ...targets };
  };
  const frameFor = (draw: Draw, level: number, stage: ReturnType<typeof stageOf>): number => {
    if (level === 1) return pick(draw, stage.small);
    return level === 2 ? pick(draw, stage.large) : HUGE;
  };

  const change = (
    draw: Draw,
    stage: ReturnType<typeof stageOf>,
    level: number,
    low: number,
    high: number,
  ): readonly [number, number] => {
    const what = draw(6);
    if (what === 0) return [0, 0];
    // A page of level 5 would end beyond our physical addresses, and not beyond QEMU's.
    if (what < 3 && level < 5) return [(low & ~0xff) | pick(draw, FLAGS), high];
    if (what <= 3 || level > 3) return [low ^ pte.PTE_VALID, high];
    const [leafLow, leafHigh] = stage.format.leaf(frameFor(draw, level, stage), pick(draw, [3, 1]), level);
    // Now and then a large page off its alignment.
    return [leafLow ^ (level > 1 && draw(6) === 0 ? 1 << 10 : 0), leafHigh];
  };

  return {
    hardware: riscv.name,
    mode,
    frames: FRAMES,
    tables: FREE_TABLES,
    zeroed: TABLES,
    root: tableAt(levels),
    rootMode: levels,
    devices: devices.length,
    pasids: carries ? PIDS : [-1],
    pages,
    writes: asked ? 3 : 2,
    prepare(builder, draw) {
      for (let level = levels; level > 1; level--)
        devices.forEach((_, device) => {
          directoryEntry(builder, level, device, directory.DIRECTORY_VALID);
        });
      devices.forEach((_, device) => {
        deviceContext(builder, device, draw);
        for (const pid of carries ? PIDS : [0])
          if (!carries || draw(4) !== 0) processContext(builder, device, pid, draw);
      });
      for (const root of second > 0 ? SECOND_ROOTS : []) {
        builder.map(secondFormat, root, GUEST_TABLES, GUEST_TABLES, 3, 2);
        if (!nested) builder.map(secondFormat, root, SCRIPT_PAGE, pick(draw, small), 3);
        else {
          for (const page of GUEST_SMALL) builder.map(secondFormat, root, page, pick(draw, small), 3);
          if (draw(2) === 0) builder.map(secondFormat, root, GUEST_LARGE[0], pick(draw, large), 3, 2);
        }
      }
      for (const root of first > 0 ? FIRST_ROOTS : [])
        builder.map(firstFormat, root, SCRIPT_PAGE, nested ? GUEST_SMALL[0] : pick(draw, small), 3);
    },
    map(builder, draw) {
      if (first + second === 0) return;
      const stage = stageOf(draw);
      const level = pick(draw, [1, 1, 1, 1, 2, nested ? 1 : 3]);
      const page = pick(draw, stage.inputs);
      builder.map(stage.format, stage.root, page, frameFor(draw, level, stage), pick(draw, [3, 3, 1]), level);
    },
    edit(builder, draw) {
      if (first + second === 0) return;
      const stage = stageOf(draw);
      const level = pick(draw, [1, 1, 1, 1, 1, 2, 2, 3, 4, 5]);
      if (level > stage.format.levels) return;
      const page = stage.inputs === pages ? builder.page(draw, pages) : pick(draw, stage.inputs);
      builder.edit(stage.format, stage.root, page, level, (low, high) => {
        const changed = change(draw, stage, level, low, high);
        // Below memory there are devices, and no tables.
        const isPointer = (changed[0] & 0xf) === pte.PTE_VALID;
        return isPointer && pte.pteFrame(changed[0], changed[1]) < HUGE ? [0, 0] : changed;
      });
    },
    configure(builder, draw) {
      const device = draw(devices.length);
      switch (draw(9)) {
        case 0: {
          const at = directory.deviceIndex(devices[device].rid, 1) * dc.DC_QWORDS;
          builder.store(CONTEXTS, at, [builder.memory.low(CONTEXTS, at) ^ dc.DC_VALID, 0]);
          break;
        }
        case 1:
          deviceContext(
            builder,
            device,
            draw,
            pick(draw, [dc.DC_PRI, dc.DC_T2GPA, dc.DC_SBE, dc.DC_ATS, dc.DC_ATS | dc.DC_PRI]),
          );
          break;
        case 2:
          if (levels > 1) directoryEntry(builder, 2 + draw(levels - 1), device, pick(draw, [1, 1, 0, 3]));
          break;
        case 3:
        case 4:
        case 5:
          processContext(builder, device, carries ? pick(draw, PIDS) : 0, draw, pick(draw, [1, 1, 1, 0]));
          break;
        default:
          deviceContext(builder, device, draw);
      }
    },
    invalidate(builder, draw) {
      const firsts: readonly CommandName[] = ['vma', 'vma-process', 'vma-page', 'vma-process-page'];
      const seconds: readonly CommandName[] = ['gvma-all', 'gvma', 'gvma-page'];
      const names: readonly CommandName[] = [
        ...['ddt-all' as const, 'ddt-device' as const, 'ddt-device' as const, 'pdt' as const],
        ...(first > 0 || draw(4) === 0 ? firsts : []),
        ...(second > 0 || draw(4) === 0 ? seconds : []),
      ];
      const name = pick(draw, names);
      const isGuest = name.startsWith('gvma');
      const tag =
        isGuest || second > 0
          ? pick(draw, [...GSCIDS, ...(isGuest ? [] : [-1])])
          : pick(draw, [-1, -1, -1, 5]);
      const inputs = isGuest && nested ? GUEST_SMALL : pages.filter((page) => page < 2 ** 31);
      return {
        name,
        device: draw(devices.length),
        pasid: name === 'pdt' ? pick(draw, carries ? PIDS : [0, 1]) : pick(draw, PSCIDS),
        tag,
        page: inputs.length === pages.length ? builder.page(draw, inputs) : pick(draw, inputs),
        mask: 0,
        hint: 0,
      };
    },
  };
}
