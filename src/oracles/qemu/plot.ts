import fc from 'fast-check';
import type { Action, Case, Command } from './case.js';
import { SCRIPT_PAGE } from './lsi.js';
import { PageMemory, type Store } from './memory.js';

/** How an architecture builds a table of one format: its entries, from level `levels` (the root) down to 1. */
export interface TableFormat {
  readonly levels: number;
  table(frame: number): readonly [low: number, high: number];
  leaf(frame: number, permission: number, level: number): readonly [low: number, high: number];
  /** The table that an entry leads to, or -1 where there is none. */
  next(low: number, high: number, level: number): number;
  /** Index into the root table, where it is not 9 bits wide. */
  rootIndex?(page: number): number;
}

/** Writes a case down: first what memory holds, then what happens. */
export class CaseBuilder {
  readonly memory: PageMemory;
  private readonly stores: Store[] = [];
  private readonly actions: Action[] = [];
  private hasBegun = false;
  /** The page spoken of last: half of what follows is about it, since a stale entry is seen where something was changed. */
  private focus = 0;

  constructor(
    frames: number,
    /** First frame for tables that are made as they are needed. */
    private nextTable: number,
    private readonly endOfTables: number,
    private readonly isWritable: (frame: number) => boolean,
    private readonly scriptPage: number,
  ) {
    this.memory = new PageMemory(frames, 0);
  }

  /** One of the pages. */
  page(draw: Draw, pages: readonly number[]): number {
    if (draw(2) === 0) this.focus = pick(draw, pages);
    return this.focus;
  }

  /** From now on a store is an action. */
  begin(): void {
    this.hasBegun = true;
  }

  store(frame: number, index: number, [low, high]: readonly [number, number]): void {
    const store = { frame, index, low: low | 0, high: high | 0 };
    this.memory.store(store);
    if (this.hasBegun) this.actions.push({ do: 'store', ...store });
    else this.stores.push(store);
  }

  act(action: Action): void {
    this.actions.push(action);
  }

  /** A new table, or 0 when there is none left. */
  table(count = 1): number {
    const frame = this.nextTable;
    if (frame + count > this.endOfTables) return 0;
    this.nextTable += count;
    return frame;
  }

  /** Map in a table of the format, making the levels between, where nothing is in the way. */
  map(format: TableFormat, root: number, page: number, frame: number, permission: number, level = 1): void {
    let table = root;
    for (let at = format.levels; at > level; at--) {
      const place = placeOf(format, table, page, at);
      const [low, high] = this.read(place);
      let next = format.next(low, high, at);
      if (next < 0) {
        if ((low | high) !== 0) return;
        next = this.table();
        if (next === 0) return;
        this.store(place.frame, place.index, format.table(next));
      }
      table = next;
    }
    const place = placeOf(format, table, page, level);
    const [low, high] = this.read(place);
    if ((low | high) === 0) this.store(place.frame, place.index, format.leaf(frame, permission, level));
  }

  /** Where the entry of a page at a level lies, or undefined when the tables end before it. */
  find(format: TableFormat, root: number, page: number, level: number): Place | undefined {
    let table = root;
    for (let at = format.levels; at > level; at--) {
      const [low, high] = this.read(placeOf(format, table, page, at));
      table = format.next(low, high, at);
      if (table < 0) return undefined;
    }
    return placeOf(format, table, page, level);
  }

  private read({ frame, index }: Place): readonly [low: number, high: number] {
    return [this.memory.low(frame, index), this.memory.high(frame, index)];
  }

  /**
   * Change the entry of a page at a level. The page of the script keeps leading to it, and what is no table's frame, though
   * an entry that was changed leads there, keeps what it holds.
   */
  edit(
    format: TableFormat,
    root: number,
    page: number,
    level: number,
    change: (low: number, high: number) => readonly [number, number],
  ): void {
    const found = this.find(format, root, page, level);
    if (found === undefined || (level === 1 && page === this.scriptPage)) return;
    if (!this.isWritable(found.frame)) return;
    const { frame, index } = found;
    this.store(frame, index, change(this.memory.low(frame, index), this.memory.high(frame, index)));
  }

  finish(hardware: string, mode: string, root: number, rootMode: number): Case {
    return { hardware, mode, root, rootMode, stores: this.stores, actions: this.actions };
  }
}

/** An entry of a table. */
interface Place {
  readonly frame: number;
  readonly index: number;
}

/** A root of several frames goes on in the next. */
function placeOf(format: TableFormat, table: number, page: number, level: number): Place {
  const isRoot = level === format.levels;
  const index =
    isRoot && format.rootIndex !== undefined
      ? format.rootIndex(page)
      : Math.floor(page / 512 ** (level - 1)) % 512;
  return { frame: table + (index >>> 9), index: index & 511 };
}

/** What a mode's cases are made of. Choices are drawn as numbers, and each method makes of a number what it can. */
export interface Plot {
  readonly hardware: string;
  readonly mode: string;
  readonly frames: number;
  /** Frames for tables that are made as they are needed. */
  readonly tables: { readonly first: number; readonly count: number };
  /** Frames that are zeroed before each case, and may be written. */
  readonly zeroed: readonly { readonly first: number; readonly count: number }[];
  readonly root: number;
  readonly rootMode: number;
  readonly devices: number;
  /** PASIDs that requests carry: -1 for none. */
  readonly pasids: readonly number[];
  /** Pages that requests name. */
  readonly pages: readonly number[];
  /** The page that leads to a script, where it is not the usual one. */
  readonly scriptPage?: number;
  /** The permission a write asks for: 3 where it asks to read too. Left out, 2. */
  readonly writes?: number;
  /** Everything that must be there: routes, and the roots of the tables. `draw` gives a number below its argument. */
  prepare(builder: CaseBuilder, draw: Draw): void;
  /** One more mapping. */
  map(builder: CaseBuilder, draw: Draw): void;
  /** Change a table entry. */
  edit(builder: CaseBuilder, draw: Draw): void;
  /** Change a configuration entry. */
  configure(builder: CaseBuilder, draw: Draw): void;
  /** Some invalidation. */
  invalidate(builder: CaseBuilder, draw: Draw): Omit<Command, 'do'>;
}

/** A number at or above 0 and below the bound. */
export type Draw = (bound: number) => number;

/** One of several; what is named twice comes twice as often. */
export function pick<T>(draw: Draw, from: readonly T[]): T {
  return from[draw(from.length)];
}

const SEEDS = fc.array(fc.nat({ max: 0x7fffffff }), { minLength: 64, maxLength: 64 });

/** Numbers from a list drawn beforehand, mixed on when it ends. */
function drawFrom(numbers: readonly number[]): Draw {
  let at = 0;
  let mixed = 0x9e3779b9;
  return (bound) => {
    const next = numbers[at++ % numbers.length];
    mixed = (Math.imul(mixed ^ next, 0x85ebca6b) + 0xc2b2ae35) | 0;
    mixed ^= mixed >>> 13;
    return (mixed >>> 0) % bound;
  };
}

const ROUNDS = 5;
const MAPPINGS = 9;

/** Random cases of a plot: tables, then rounds of requests with something changed or invalidated between. */
export function casesOf(plot: Plot): fc.Arbitrary<Case> {
  return SEEDS.map((numbers) => {
    const draw = drawFrom(numbers);
    const { first, count } = plot.tables;
    const isWritable = (frame: number) =>
      plot.zeroed.some((range) => frame >= range.first && frame < range.first + range.count);
    const builder = new CaseBuilder(
      plot.frames,
      first,
      first + count,
      isWritable,
      plot.scriptPage ?? SCRIPT_PAGE,
    );
    plot.prepare(builder, draw);
    for (let i = 0; i < MAPPINGS; i++) plot.map(builder, draw);
    // A flaw from the start in some.
    if (draw(3) === 0) plot.edit(builder, draw);
    if (draw(6) === 0) plot.configure(builder, draw);
    builder.begin();
    for (let round = 0; round < ROUNDS; round++) {
      const requests = 2 + draw(2);
      for (let i = 0; i < requests; i++) {
        builder.act({
          do: 'request',
          device: draw(plot.devices),
          pasid: pick(draw, plot.pasids),
          page: builder.page(draw, plot.pages),
          permission: draw(2) === 0 ? 1 : (plot.writes ?? 2),
        });
      }
      const what = draw(8);
      if (what < 4) plot.edit(builder, draw);
      else if (what < 6) plot.configure(builder, draw);
      if (what >= 6 || draw(3) !== 0) builder.act({ do: 'command', ...plot.invalidate(builder, draw) });
      if (draw(4) === 0) builder.act({ do: 'command', ...plot.invalidate(builder, draw) });
    }
    return builder.finish(plot.hardware, plot.mode, plot.root, plot.rootMode);
  });
}
