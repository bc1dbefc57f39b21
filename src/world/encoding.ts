import { IntList } from '../checker/int-list.js';
import { ENTRIES } from '../hardware/ram.js';
import { ROW, ROW_WIDTH } from '../vocabulary/architecture.js';
import type { FieldType } from '../vocabulary/design.js';
import { BLAME, LEDGER_WIDTH, ORIGIN } from './ledger.js';
import { TABLE_OWNER } from './machine.js';
import { danglingHandle, handleOf, kindOf, type ObjectTable, placeOf } from './objects.js';
import type { World } from './world.js';

/** Numbers 0…250 take a byte; others a marker and four bytes. */
const WIDE = 255;
const LARGEST_NARROW = 250;
/** Where an entry has its page number, unless its architecture says otherwise. */
const PAGE_SHIFT = 12;
/** Of the word that says which routes have entries: above are how many, below a hash. */
const COUNT_SHIFT = 22;
/** First bytes of references: none, gone, always there; otherwise the number of the object, from {@link FIRST_NUMBER}. */
const NONE = 0;
const GONE = 1;
const STATIC = 2;
const FIRST_NUMBER = 3;
/** Of the freed frames: no more are named; one that nothing leads to; otherwise the frame's number, from {@link FREED_FIRST}. */
const FREED_END = 0;
const FREED_UNNAMED = 1;
const FREED_FIRST = 2;
/** Words of what a call must leave as it was: see {@link Encoder.snapshot}. */
export const SNAPSHOT_WORDS = 3;

/**
 * The canonical packed state. One walk serves both ways: it starts at the roots (registers, ghost state, agents, objects that
 * are always there) and numbers objects and table frames in the order reached, so that two states that differ in names alone
 * are one. Everything that enabling, applying or a property can read is in it; what is derived (memory's closure) is not.
 */
export class Encoder {
  readonly maxSize = 1 << 15;
  private bytes: Uint8Array = new Uint8Array(this.maxSize);
  private at = 0;
  private decoding = false;
  private readonly scratch = new Uint8Array(this.maxSize);

  /** By code; code 0 (always there) is unused. */
  private readonly dynamic: ObjectTable[] = [];
  private readonly statics: ObjectTable[] = [];
  /** Encoding: number of each place of each kind. Decoding: how many places are used. */
  private readonly numbers: Int32Array[] = [];
  private readonly used: Int32Array;
  private readonly orderKind = new IntList();
  private readonly orderPlace = new IntList();
  private readonly frameNumbers: Int32Array;
  private readonly frameOrder = new IntList();
  private readonly extraIsFrame: readonly boolean[];
  /** Where an entry names a table page: {@link Architecture.tableAt}. */
  private readonly tableAt: (low: number, high: number) => number;
  private readonly isTableAtFixed: boolean;

  constructor(private readonly world: World) {
    for (const table of world.tables.values()) {
      if (table.code === 0) this.statics.push(table);
      else this.dynamic[table.code] = table;
    }
    for (const table of this.dynamic) this.numbers.push(new Int32Array(table ? table.capacity + 1 : 0));
    this.used = new Int32Array(this.dynamic.length);
    this.frameNumbers = new Int32Array(world.machine.frames);
    this.extraIsFrame = world.architecture.kinds.map((kind) => kind.extraIsFrame ?? false);
    this.tableAt = world.architecture.tableAt ?? (() => PAGE_SHIFT);
    this.isTableAtFixed = world.architecture.tableAt === undefined;
  }

  encode(out: Uint8Array, offset: number): number {
    this.bytes = out;
    this.at = offset;
    this.decoding = false;
    this.begin();
    this.transferAll();
    return this.at - offset;
  }

  decode(from: Uint8Array, offset: number, _length: number): void {
    const { world } = this;
    this.bytes = from;
    this.at = offset;
    this.decoding = true;
    world.clearState();
    this.begin();
    this.transferAll();
    world.ledger.rebuild(world.shape.devices.length);
    world.state.forget();
  }

  private begin(): void {
    const { orderKind, orderPlace, frameOrder } = this;
    for (let i = 0; i < orderKind.length; i++) this.numbers[orderKind.items[i]][orderPlace.items[i]] = 0;
    for (let i = 0; i < frameOrder.length; i++) this.frameNumbers[frameOrder.items[i]] = 0;
    this.used.fill(0);
    orderKind.clear();
    orderPlace.clear();
    frameOrder.clear();
  }

  // Primitives: write the value, or read and return it.

  private int(value: number): number {
    const { bytes } = this;
    if (this.decoding) {
      const first = bytes[this.at++];
      if (first !== WIDE) return first;
      this.at += 4;
      return (
        bytes[this.at - 4] |
        (bytes[this.at - 3] << 8) |
        (bytes[this.at - 2] << 16) |
        (bytes[this.at - 1] << 24)
      );
    }
    if (value >= 0 && value <= LARGEST_NARROW) {
      bytes[this.at++] = value;
      return value;
    }
    bytes[this.at++] = WIDE;
    bytes[this.at++] = value;
    bytes[this.at++] = value >>> 8;
    bytes[this.at++] = value >>> 16;
    bytes[this.at++] = value >>> 24;
    return value;
  }

  /** A word of the state vector, as it is. */
  private word(index: number): void {
    const { words } = this.world;
    words[index] = this.int(words[index]);
  }

  private region(base: number, size: number): void {
    for (let i = base; i < base + size; i++) this.word(i);
  }

  /** A region that is mostly zero: how many words are not, then their places and values. */
  private sparse(base: number, size: number): void {
    const { words } = this.world;
    let used = 0;
    if (!this.decoding) for (let i = 0; i < size; i++) if (words[base + i] !== 0) used++;
    used = this.int(used);
    for (let i = 0, place = 0; i < used; i++) {
      if (!this.decoding) while (words[base + place] === 0) place++;
      place = this.int(place);
      this.word(base + place);
      place++;
    }
  }

  /** A handle of an object of any kind. */
  private ref(handle: number): number {
    if (this.decoding) return this.readRef();
    const kind = kindOf(handle);
    if (handle === 0) this.int(NONE);
    else if (kind === 0) {
      this.int(STATIC);
      this.int(handle);
    } else {
      const table = this.dynamic[kind];
      if (!table?.isLive(handle)) {
        this.int(GONE);
        this.int(kind);
        return handle;
      }
      const place = placeOf(handle);
      const known = this.numbers[kind][place];
      if (known !== 0) this.int(FIRST_NUMBER + known - 1);
      else {
        this.orderKind.push(kind);
        this.orderPlace.push(place);
        this.numbers[kind][place] = this.orderKind.length;
        this.int(FIRST_NUMBER + this.orderKind.length - 1);
        this.int(kind);
      }
    }
    return handle;
  }

  private readRef(): number {
    const first = this.int(0);
    if (first === NONE) return 0;
    if (first === GONE) return danglingHandle(this.int(0));
    if (first === STATIC) return this.int(0);
    const number = first - FIRST_NUMBER;
    if (number === this.orderKind.length) {
      const kind = this.int(0);
      const place = ++this.used[kind];
      this.orderKind.push(kind);
      this.orderPlace.push(place);
      this.dynamic[kind].revive(place);
    }
    return handleOf(this.orderKind.items[number], this.orderPlace.items[number]);
  }

  /** A physical page number: table frames are numbered as they are reached, others stand for themselves. */
  private frame(page: number): number {
    const { firstTable, frames } = this.world.machine;
    if (this.decoding) {
      const value = this.int(0);
      if (value >= firstTable && value < frames && value === this.numbered(this.frameOrder.length + 1))
        this.frameOrder.push(value);
      return value;
    }
    if (page < firstTable || page >= frames) return this.int(page);
    if (this.frameNumbers[page] === 0) {
      this.frameOrder.push(page);
      this.frameNumbers[page] = this.frameOrder.length;
    }
    this.int(this.numbered(this.frameNumbers[page]));
    return page;
  }

  /** The table frame that stands for the n-th reached. */
  private numbered(n: number): number {
    const { firstTable, tableFrames } = this.world.machine;
    return firstTable + (n - 1) * tableFrames;
  }

  private typed(index: number, type: FieldType): void {
    const { words } = this.world;
    if (type === 'int') this.word(index);
    else words[index] = type === 'ref' ? this.ref(words[index]) : this.frame(words[index]);
  }

  // The walk.

  private transferAll(): void {
    this.transferRoots();
    this.transferObjects();
    this.transferLedger();
    this.transferFreed();
  }

  private transferRoots(): void {
    const { world } = this;
    const { shape, machine, authority } = world;
    // Registers of the machine.
    for (let iommu = 0; iommu < shape.iommus.length; iommu++) {
      const at = machine.registers.roots + iommu;
      world.words[at] = this.frame(world.words[at]);
    }
    // Presence and controls of the devices, then who has programmed them.
    this.region(machine.registers.devices, 2 * shape.devices.length);
    // Ghost state.
    const ghost = authority.region;
    this.word(ghost.count);
    this.region(ghost.base, ghost.size * world.words[ghost.count]);
    for (let space = 0; space < shape.spaces; space++) this.typed(world.handlesAt + space, 'ref');
    const labels = world.labels.region;
    this.region(labels.base, labels.size);
    this.region(world.pinsAt, shape.frames);
    this.word(world.failuresAt);
    for (const { base, size } of world.monitors.regions) this.sparse(base, size);
    this.transferAgents();
    this.transferLocks();
    for (const pool of world.pools.values()) {
      const { base, size } = pool.region;
      let place = 0;
      for (;;) {
        if (!this.decoding) while (place < size && world.words[base + place] === 0) place++;
        place = this.int(place);
        if (place === size) break;
        world.words[base + place] = this.ref(world.words[base + place] - 1) + 1;
        place++;
      }
    }
    this.transferQueue();
    for (const table of this.statics) {
      for (let place = 1; place <= table.capacity; place++) {
        if (this.decoding) table.revive(place);
        this.transferObject(table, place);
      }
    }
    for (let frame = 1; frame < machine.firstTable; frame++) this.transferFrame(frame);
  }

  private transferAgents(): void {
    const { world } = this;
    const { agentStates, points } = world;
    for (let agent = 0; agent < world.firstHardware; agent++) {
      const header = agentStates.headerAt(agent);
      // Point, operation, principal, five arguments; then the flags. Counts of steps and names are history.
      this.word(header);
      if (agentStates.isIdle(agent)) continue;
      if (agent < world.firstDeclared) {
        this.region(header + 1, 7);
        this.word(agentStates.flagsAt(agent));
        this.region(world.snapshotAt(agent), SNAPSHOT_WORDS);
      }
      const point = points[agentStates.point(agent)];
      const base = agentStates.registersAt(agent);
      const live = point.program.live[point.local];
      for (let i = 0; i < live.length; i++) this.typed(base + live[i], point.program.registerTypes[live[i]]);
    }
  }

  private transferLocks(): void {
    for (const locks of this.world.locks.values()) {
      const held = this.decoding ? [] : locks.held();
      const count = this.int(held.length);
      for (let i = 0; i < count; i++) {
        const id = this.ref(held[i]?.id ?? 0);
        const owner = this.int(held[i]?.owner ?? 0);
        const readers = this.int(held[i]?.readers ?? 0);
        if (this.decoding) locks.restore(i, id, owner, readers);
      }
    }
  }

  private transferQueue(): void {
    const { world } = this;
    for (const { base, size, used } of world.queueRegions()) {
      const length = this.int(used);
      this.region(base, length);
      if (length > size) throw new RangeError('a queue is longer than its region');
    }
  }

  /** Objects that no root reaches are leaked: they still take room, so they count. */
  private transferObjects(): void {
    let object = 0;
    let frame = 0;
    const drain = () => {
      while (object < this.orderKind.length || frame < this.frameOrder.length) {
        if (object < this.orderKind.length) {
          this.transferObject(this.dynamic[this.orderKind.items[object]], this.orderPlace.items[object]);
          object++;
        } else this.transferFrame(this.frameOrder.items[frame++]);
      }
    };
    drain();
    for (let kind = 1; kind < this.dynamic.length; kind++) {
      const table = this.dynamic[kind];
      for (;;) {
        const lost = this.decoding ? 0 : this.unreached(kind, table);
        if (this.int(lost === 0 ? 0 : 1) === 0) break;
        this.ref(lost);
        drain();
      }
    }
    for (;;) {
      const lost = this.decoding ? 0 : this.lostFrame();
      if (this.int(lost === 0 ? 0 : 1) === 0) break;
      this.frame(lost);
      drain();
    }
  }

  /**
   * The table frame to go on with when nothing leads to any that is left, or 0. Their places are chance, so what they hold
   * decides: first those that no other holds, then by their words.
   */
  private lostFrame(): number {
    const { machine } = this.world;
    const lost: number[] = [];
    for (let i = machine.firstTable; i < machine.frames; i++)
      if (this.frameNumbers[i] === 0 && machine.ram.owner(i) !== 0) lost.push(i);
    if (lost.length <= 1) return lost[0] ?? 0;
    const held = new Set(lost.flatMap((frame) => this.pagesIn(frame)));
    return lost.reduce((first, frame) => {
      const order = Number(held.has(first)) - Number(held.has(frame));
      return (order || this.compareFrames(first, frame)) > 0 ? frame : first;
    });
  }

  private pagesIn(frame: number): number[] {
    const { ram } = this.world.machine;
    const pages: number[] = [];
    for (let i = ram.nextUsed(frame, 0); i < ENTRIES; i = ram.nextUsed(frame, i + 1))
      pages.push(this.pageIn(ram.low(frame, i), ram.high(frame, i)));
    return pages;
  }

  /** The page that an entry names, or -1. */
  private pageIn(low: number, high: number): number {
    const shift = this.tableAt(low, high);
    return shift < 0 ? -1 : low >>> shift;
  }

  /** Order of two frames by owner and words, where table frames stand for their numbers. */
  private compareFrames(a: number, b: number): number {
    const { ram } = this.world.machine;
    if (ram.owner(a) !== ram.owner(b)) return ram.owner(a) - ram.owner(b);
    for (let i = 0; ; i++) {
      const next = ram.nextUsed(a, i);
      const other = ram.nextUsed(b, i);
      if (next !== other) return next - other;
      if (next === ENTRIES) return 0;
      i = next;
      const low = ram.low(a, i);
      const lowOther = ram.low(b, i);
      const high = ram.high(a, i);
      const highOther = ram.high(b, i);
      const page = this.pageIn(low, high);
      const pageOther = this.pageIn(lowOther, highOther);
      const order =
        this.flagsIn(low, high) - this.flagsIn(lowOther, highOther) ||
        this.numberOf(page) - this.numberOf(pageOther) ||
        high - highOther;
      if (order !== 0) return order;
    }
  }

  /** What the low half of an entry holds beside the page that it names. */
  private flagsIn(low: number, high: number): number {
    const shift = this.tableAt(low, high);
    return shift < 0 ? low : low & ((1 << shift) - 1);
  }

  /** A page as {@link frame} would write it; 0 for a table frame that has no number yet. */
  private numberOf(page: number): number {
    const { firstTable, frames } = this.world.machine;
    if (page < firstTable || page >= frames) return page;
    return this.frameNumbers[page] === 0 ? 0 : this.numbered(this.frameNumbers[page]);
  }

  /** Of the unreached objects the one that was made first; where steps cannot tell that, the one whose list or contents come first. */
  private unreached(kind: number, table: ObjectTable): number {
    if (!table.isOrdered) return this.leastUnreached(kind, table);
    let first = 0;
    for (let place = 1; place <= table.capacity; place++) {
      if (this.numbers[kind][place] !== 0 || !table.isPlaceLive(place)) continue;
      const order = first === 0 ? -1 : this.listNumber(table, place) - this.listNumber(table, first);
      if (order < 0 || (order === 0 && table.isOlder(place, first))) first = place;
    }
    return first === 0 ? 0 : table.handleAt(first);
  }

  /** The number of the object whose list the one at the place is on, as far as it has one. */
  private listNumber(table: ObjectTable, place: number): number {
    const list = table.listOf(place);
    const kind = kindOf(list);
    return kind === 0 ? list : this.numbers[kind][placeOf(list)];
  }

  /**
   * Of the unreached objects the one whose contents come first: in which order members were put on a list is nobody's loss, so
   * that a failed call may leave another.
   */
  private leastUnreached(kind: number, table: ObjectTable): number {
    let least = 0;
    let leastHash = 0;
    for (let place = 1; place <= table.capacity; place++) {
      if (this.numbers[kind][place] !== 0 || !table.isPlaceLive(place)) continue;
      const hash = this.contentHash(table, place);
      if (least !== 0 && (hash > leastHash || (hash === leastHash && table.isOlder(least, place)))) continue;
      least = place;
      leastHash = hash;
    }
    return least === 0 ? 0 : table.handleAt(least);
  }

  /** Of an object's own fields, and of the numbers of what it refers to as far as they are given. */
  private contentHash(table: ObjectTable, place: number): number {
    const { words } = this.world;
    const at = table.wordsAt(place);
    let hash = words[at] | 0;
    const { fieldTypes } = table;
    for (let i = 0; i < fieldTypes.length; i++) {
      const value = words[at + 1 + i];
      if (fieldTypes[i] === 'int') hash = mix(hash, value);
      else if (fieldTypes[i] === 'ref')
        hash = mix(hash, kindOf(value) === 0 ? value : this.numbers[kindOf(value)][placeOf(value)]);
    }
    return hash;
  }

  private transferObject(table: ObjectTable, place: number): void {
    const at = table.wordsAt(place);
    this.word(at);
    const types = table.fieldTypes;
    for (let i = 0; i < types.length; i++) this.typed(at + 1 + i, types[i]);
    if (table.isStatic) return;
    const rank = table.isOrdered ? this.int(this.decoding ? 0 : table.rank(place)) : 0;
    if (this.decoding) table.restoreRank(place, rank);
  }

  private transferFrame(frame: number): void {
    const { ram } = this.world.machine;
    const owner = this.int(ram.owner(frame));
    if (this.decoding) {
      if (owner !== 0) ram.setOwner(frame, owner);
      for (let i = this.int(0); i !== 0; i = this.int(0)) this.readEntry(frame, i - 1);
      return;
    }
    for (let i = ram.nextUsed(frame, 0); i < ENTRIES; i = ram.nextUsed(frame, i + 1)) {
      this.int(i + 1);
      const low = ram.low(frame, i);
      const high = ram.high(frame, i);
      const shift = this.tableAt(low, high);
      if (!this.isTableAtFixed) this.int(shift + 1);
      this.int(this.flagsIn(low, high));
      if (shift >= 0) this.frame(low >>> shift);
      this.int(high);
    }
    this.int(0);
  }

  private readEntry(frame: number, index: number): void {
    const shift = this.isTableAtFixed ? PAGE_SHIFT : this.int(0) - 1;
    const flags = this.int(0);
    const low = shift < 0 ? flags : (this.frame(0) << shift) | flags;
    this.world.machine.ram.store64(frame, index, low, this.int(0));
  }

  private readonly row = new Int32Array(LEDGER_WIDTH);

  /** The ledger, ordered by kind, tag and key, then by frame. */
  private transferLedger(): void {
    const { ledger, words } = this.world;
    const walked = this.frameOrder.length;
    const order: number[] = [];
    if (!this.decoding) {
      for (let i = 0; i < ledger.staleCount; i++) order.push(ledger.staleAt(i));
      order.sort((a, b) => this.compareRows(a, b));
    }
    const count = this.int(order.length);
    for (let i = 0; i < count; i++) {
      const at = order[i] ?? 0;
      const { row } = this;
      for (let c = 0; c < LEDGER_WIDTH; c++) {
        const value = this.decoding ? 0 : words[at + c];
        const isFrame = c === ROW.frame || (c === ROW.extra && this.extraIsFrame[row[ROW.kind]]);
        row[c] = isFrame ? this.frame(value) : this.int(value);
      }
      if (this.decoding) ledger.restoreStale(row);
    }
    // Frames that only the ledger leads to: freed, their bytes kept until they are given again, so hardware may read them.
    for (let i = walked; i < this.frameOrder.length; i++) this.transferFrame(this.frameOrder.items[i]);
  }

  /**
   * The order in which freed frames are given again, up to the last that something still leads to: which of them the next
   * allocation hands out decides whether an old name for it comes to mean a new page.
   */
  private transferFreed(): void {
    const { ram } = this.world.machine;
    const order: number[] = [];
    if (this.decoding) {
      let fresh = this.frameOrder.length;
      for (let next = this.int(0); next !== FREED_END; next = this.int(0))
        order.push(this.numbered(next === FREED_UNNAMED ? ++fresh : next - FREED_FIRST + 1));
      for (let i = order.length - 1; i >= 0; i--) ram.putFreed(order[i]);
      return;
    }
    let named = 0;
    for (let frame = ram.freedAfter(0); frame !== 0; frame = ram.freedAfter(frame)) {
      order.push(frame);
      if (this.frameNumbers[frame] !== 0) named = order.length;
    }
    for (let i = 0; i < named; i++) {
      const number = this.frameNumbers[order[i]];
      this.int(number === 0 ? FREED_UNNAMED : FREED_FIRST + number - 1);
    }
    this.int(FREED_END);
  }

  private compareRows(a: number, b: number): number {
    const { words } = this.world;
    for (let c = 0; c < ROW_WIDTH; c++) {
      if (c === ROW.frame || (c === ROW.extra && this.extraIsFrame[words[a]])) continue;
      if (words[a + c] !== words[b + c]) return words[a + c] - words[b + c];
    }
    for (let c = ROW.frame; c < ROW_WIDTH; c++) {
      const isFrame = c === ROW.frame || (c === ROW.extra && this.extraIsFrame[words[a]]);
      const order = isFrame ? this.compareTargets(words[a + c], words[b + c]) : 0;
      if (order !== 0) return order;
    }
    return words[a + BLAME] - words[b + BLAME] || words[a + ORIGIN] - words[b + ORIGIN];
  }

  /** Frames with a number come first, in its order; those that only the ledger leads to go by what they hold. */
  private compareTargets(a: number, b: number): number {
    const known = this.numberOf(a);
    const other = this.numberOf(b);
    if (known !== 0 && other !== 0) return known - other;
    return other - known || (a === b ? 0 : this.compareFrames(a, b));
  }

  // Partial walks.

  /** What a torn-down world must have as at the start: objects, identifiers, pins, and table pages that nothing leads to. */
  resources(): string[] {
    const { world } = this;
    this.bytes = this.scratch;
    this.at = 0;
    this.decoding = false;
    this.begin();
    this.transferRoots();
    const reachable = new Set<number>();
    let object = 0;
    let frame = 0;
    const follow = () => {
      while (object < this.orderKind.length || frame < this.frameOrder.length) {
        if (object < this.orderKind.length) {
          this.transferObject(this.dynamic[this.orderKind.items[object]], this.orderPlace.items[object]);
          object++;
        } else {
          reachable.add(this.frameOrder.items[frame]);
          this.transferFrame(this.frameOrder.items[frame++]);
        }
      }
    };
    follow();
    const resources: string[] = [];
    for (const [kind, table] of this.dynamic.entries()) {
      if (!table) continue;
      // The pages of an object that is lost are lost with it, and no resource of their own.
      for (let lost = this.leastUnreached(kind, table); lost !== 0; lost = this.leastUnreached(kind, table)) {
        this.ref(lost);
        follow();
      }
      const numbers = new Map<string, number>();
      for (const title of table.titles()) {
        const number = (numbers.get(title) ?? 0) + 1;
        numbers.set(title, number);
        resources.push(`${title} ${number}`);
      }
    }
    for (const pool of world.pools.values()) {
      for (let i = 1; i <= pool.takenCount(); i++) resources.push(`${pool.name} id ${i}`);
    }
    const { machine } = world;
    let lost = 0;
    for (let frame = machine.firstTable; frame < machine.frames; frame++) {
      if (machine.ram.owner(frame) === TABLE_OWNER && !reachable.has(frame))
        resources.push(`table page ${++lost}`);
    }
    for (let frame = 0; frame < world.shape.frames; frame++) {
      if (world.words[world.pinsAt + frame] !== 0) resources.push(`pin of frame ${frame}`);
    }
    return resources;
  }

  /**
   * Hashes of what a failed call must leave as it was: translations of every route; objects, identifiers, references. The third, of which
   * routes have entries, only tells what the objects are about: a spare directory may stay.
   */
  snapshot(at: number): void {
    const { state } = this.world;
    state.set(at, this.hashTranslations());
    state.set(at + 1, this.hashObjects());
    state.set(at + 2, this.hashEntries());
  }

  difference(at: number): string[] {
    const { words } = this.world;
    const found: string[] = [];
    if (words[at] !== this.hashTranslations()) found.push('translations of a route');
    if (words[at + 1] !== this.hashObjects()) {
      const entries = this.hashEntries();
      if (words[at + 2] === entries) found.push('object states, identifiers or references');
      else if (words[at + 2] >>> COUNT_SHIFT < entries >>> COUNT_SHIFT)
        found.push('a route attached that was not');
      else found.push('what a route is attached to');
    }
    return found;
  }

  /** How many entries of routes memory has, in the highest bits, and below them a hash of which. */
  private hashEntries(): number {
    const { ledger, words } = this.world;
    let sum = 0;
    let count = 0;
    for (let i = 0; i < ledger.memoryCount; i++) {
      const at = ledger.memoryAt(i);
      if (ledger.roleOf(words[at]) !== 'config') continue;
      const h = mix(mix(words[at] + 1, words[at + ROW.device]), words[at + ROW.pasid]);
      sum = (sum + mix(h, 0x9e3779b9)) | 0;
      count++;
    }
    return (sum & ((1 << COUNT_SHIFT) - 1)) | (count << COUNT_SHIFT);
  }

  private hashTranslations(): number {
    const { ledger, words } = this.world;
    let sum = 0;
    for (let i = 0; i < ledger.memoryCount; i++) {
      const at = ledger.memoryAt(i);
      if (ledger.roleOf(words[at]) !== 'flight') continue;
      let h = words[at + ROW.device] + 1;
      h = mix(h, words[at + ROW.extra]);
      h = mix(h, words[at + ROW.page]);
      h = mix(h, words[at + ROW.size]);
      h = mix(h, words[at + ROW.frame]);
      h = mix(h, words[at + ROW.attributes] & 3);
      sum = (sum + mix(h, 0x9e3779b9)) | 0;
    }
    return sum;
  }

  private hashObjects(): number {
    const { world } = this;
    this.bytes = this.scratch;
    this.at = 0;
    this.decoding = false;
    this.begin();
    for (let space = 0; space < world.shape.spaces; space++) this.ref(world.words[world.handlesAt + space]);
    this.region(world.pinsAt, world.shape.frames);
    for (const { base, size } of world.monitors.regions) this.sparse(base, size);
    for (const pool of world.pools.values()) {
      const { base, size } = pool.region;
      for (let i = 0; i < size; i++) {
        if (world.words[base + i] === 0) continue;
        this.int(i);
        this.ref(world.words[base + i] - 1);
      }
    }
    for (const table of this.statics)
      for (let place = 1; place <= table.capacity; place++) this.observe(table, place);
    for (let i = 0; i < this.orderKind.length; i++)
      this.observe(this.dynamic[this.orderKind.items[i]], this.orderPlace.items[i]);
    // Members of lists name what they are members of, and nothing names them.
    let observed = this.orderKind.length;
    for (let kind = 1; kind < this.dynamic.length; kind++) {
      const table = this.dynamic[kind];
      for (let lost = this.leastUnreached(kind, table); lost !== 0; lost = this.leastUnreached(kind, table)) {
        this.ref(lost);
        for (; observed < this.orderKind.length; observed++)
          this.observe(this.dynamic[this.orderKind.items[observed]], this.orderPlace.items[observed]);
      }
    }
    let h = 0;
    for (let i = 0; i < this.at; i++) h = Math.imul(h ^ this.scratch[i], 0x01000193) + i;
    return h | 0;
  }

  /** Spare table pages are not observable: fields that hold frames do not count. */
  private observe(table: ObjectTable, place: number): void {
    const at = table.wordsAt(place);
    const { words } = this.world;
    const { fieldTypes } = table;
    this.int(words[at]);
    for (let i = 0; i < fieldTypes.length; i++) {
      if (fieldTypes[i] === 'int') this.int(words[at + 1 + i]);
      else if (fieldTypes[i] === 'ref') this.ref(words[at + 1 + i]);
    }
  }
}

function mix(h: number, value: number): number {
  const x = Math.imul(h ^ value, 0x85ebca6b);
  return Math.imul(x ^ (x >>> 13), 0xc2b2ae35) ^ (x >>> 16);
}
