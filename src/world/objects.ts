import type { Field, ObjectStore } from '../vocabulary/context.js';
import type { FieldType, ObjectKind } from '../vocabulary/design.js';
import type { Layout, StateVector } from '../hardware/state-vector.js';

/**
 * A handle names the place of the object, then its kind, then its generation. Place 0 is "none". Objects that are always there
 * (one for each device, group …) have kind 0, so that their handle is their index plus one.
 */
const PLACE_BITS = 8;
const PLACE = (1 << PLACE_BITS) - 1;
const KIND_BITS = 5;
const KINDS = (1 << KIND_BITS) - 1;
const GENERATION_SHIFT = PLACE_BITS + KIND_BITS;
const GENERATIONS = 1 << 16;
/** Generation of a handle to an object that is gone, after a state has been compared away from its history. */
const DANGLING = GENERATIONS;

/** Words before the fields: liveness, generation, order of creation, state of the lifecycle monitor of the same name. */
const LIVE = 0;
const GENERATION = 1;
const SEQUENCE = 2;
export const MONITOR = 3;
const HEADER = 4;

/** All objects of one kind: C structs, list nodes, table entries of a driver or design. */
export class ObjectTable implements ObjectStore {
  readonly name: string;
  readonly capacity: number;
  readonly fieldNames: readonly string[];
  readonly fieldTypes: readonly FieldType[];
  readonly isStatic: boolean;
  private readonly stride: number;
  private readonly listField: number;
  private readonly base: number;

  constructor(
    readonly kind: ObjectKind,
    capacity: number,
    /** Number of the kind in handles; 0 for static objects. */
    readonly code: number,
    layout: Layout,
    /** Told when a freed object, or none, is used. */
    private readonly misuse: (what: string, how: string) => void,
    /** Told when there are as many as there can be. */
    private readonly exhausted: () => void,
  ) {
    if (!(Number.isInteger(capacity) && capacity >= 0 && capacity <= PLACE)) {
      throw new RangeError(
        `kind ${kind.name}: capacity ${capacity} is not a whole number from 0 to ${PLACE}`,
      );
    }
    this.name = kind.name;
    this.capacity = capacity;
    this.fieldNames = Object.keys(kind.fields);
    this.fieldTypes = Object.values(kind.fields);
    this.isStatic = kind.one !== undefined;
    const list = typeof kind.order === 'object' ? kind.order.within : undefined;
    this.listField = list === undefined ? -1 : this.fieldNames.indexOf(list);
    if (list !== undefined && this.listField < 0) throw new Error(`kind ${kind.name} has no field '${list}'`);
    this.stride = HEADER + this.fieldNames.length;
    this.base = layout.take(this.stride * (capacity + 1));
  }

  private state!: StateVector;
  /** The state vector exists only once every region has been laid out. */
  connect(state: StateVector): void {
    this.state = state;
  }

  /** Static objects are there from the start. */
  reset(): void {
    if (this.isStatic)
      for (let place = 1; place <= this.capacity; place++) this.state.set(this.at0(place) + LIVE, 1);
  }

  private at0(place: number): number {
    return this.base + place * this.stride;
  }

  create(): number {
    const { state } = this;
    for (let place = 1; place <= this.capacity; place++) {
      const at = this.at0(place);
      if (state.words[at + LIVE]) continue;
      state.set(at + SEQUENCE, this.lastSequence() + 1);
      state.set(at + LIVE, 1);
      state.set(at + MONITOR, 0);
      for (let i = HEADER; i < this.stride; i++) state.set(at + i, 0);
      return this.handleAt(place);
    }
    this.exhausted();
    return 0;
  }

  /** Highest number in the order of creation among live objects. */
  private lastSequence(): number {
    let last = 0;
    for (let place = 1; place <= this.capacity; place++) {
      const at = this.at0(place);
      if (this.state.words[at + LIVE] === 1) last = Math.max(last, this.state.words[at + SEQUENCE]);
    }
    return last;
  }

  private sequenceOf(place: number): number {
    return this.isStatic ? place : this.state.words[this.at0(place) + SEQUENCE];
  }

  following(after: number): number {
    const from = after === 0 ? -1 : this.sequenceOf(after & PLACE);
    let found = 0;
    for (let place = 1; place <= this.capacity; place++) {
      if (this.state.words[this.at0(place) + LIVE] !== 1 || this.sequenceOf(place) <= from) continue;
      if (found === 0 || this.sequenceOf(place) < this.sequenceOf(found)) found = place;
    }
    return found === 0 ? 0 : this.handleAt(found);
  }

  /** Whether the object at one place was made before that at the other. */
  isOlder(place: number, other: number): boolean {
    return this.sequenceOf(place) < this.sequenceOf(other);
  }

  destroy(handle: number): void {
    const at = this.find(handle, 'it is freed');
    if (at < 0) return;
    this.state.set(at + LIVE, 0);
    this.state.set(at + GENERATION, (this.state.words[at + GENERATION] + 1) % GENERATIONS);
  }

  isLive(handle: number): boolean {
    const at = this.at0(handle & PLACE);
    const { words } = this.state;
    return (
      (handle & PLACE) !== 0 &&
      (handle & PLACE) <= this.capacity &&
      ((handle >>> PLACE_BITS) & KINDS) === this.code &&
      words[at + LIVE] === 1 &&
      words[at + GENERATION] === handle >>> GENERATION_SHIFT
    );
  }

  at(place: number): number {
    return this.state.words[this.at0(place) + LIVE] ? this.handleAt(place) : 0;
  }

  handleAt(place: number): number {
    return (
      place | (this.code << PLACE_BITS) | (this.state.words[this.at0(place) + GENERATION] << GENERATION_SHIFT)
    );
  }

  /** Index of the object's first word, or -1 after reporting a misuse. */
  private find(handle: number, use: string): number {
    if (this.isLive(handle)) return this.at0(handle & PLACE);
    this.misuse(`${handle === 0 ? 'no' : 'freed'} ${this.name} used`, use);
    return -1;
  }

  field(name: string): Field {
    const index = this.fieldNames.indexOf(name);
    if (index < 0) throw new Error(`kind ${this.name} has no field '${name}'`);
    const offset = HEADER + index;
    return {
      get: (handle) => {
        const at = this.find(handle, `${name} is read`);
        return at < 0 ? 0 : this.state.words[at + offset];
      },
      set: (handle, value) => {
        const at = this.find(handle, `${name} is written`);
        if (at >= 0) this.state.set(at + offset, value);
      },
    };
  }

  /** Word of the lifecycle monitor kept with the object, or -1 for a dead one. */
  monitorIndex(handle: number): number {
    return this.isLive(handle) ? this.at0(handle & PLACE) + MONITOR : -1;
  }

  /** What each object there is is called. */
  titles(): string[] {
    const titles: string[] = [];
    for (let place = 1; place <= this.capacity; place++) {
      if (!this.isPlaceLive(place)) continue;
      const sort = this.kind.sort?.((field) => this.field(field).get(this.handleAt(place))) ?? '';
      titles.push(sort === '' ? this.name : `${sort} ${this.name}`);
    }
    return titles;
  }

  // For the encoder, which knows places and raw words.

  isPlaceLive(place: number): boolean {
    return this.state.words[this.at0(place) + LIVE] === 1;
  }
  /** First word of the place's monitor and fields. */
  wordsAt(place: number): number {
    return this.at0(place) + MONITOR;
  }
  revive(place: number): void {
    this.state.set(this.at0(place) + LIVE, 1);
  }
  /** Whether the order of creation is part of a state: steps can tell it. */
  get isOrdered(): boolean {
    return this.kind.order !== 'any';
  }
  /** The list that the object is on, where an order holds among those of one list. */
  listOf(place: number): number {
    return this.listField < 0 ? 0 : this.state.words[this.at0(place) + HEADER + this.listField];
  }
  /** Place among the live objects of its list in the order of creation, from 1. */
  rank(place: number): number {
    const list = this.listOf(place);
    let rank = 1;
    for (let other = 1; other <= this.capacity; other++) {
      if (this.isPlaceLive(other) && this.isOlder(other, place) && this.listOf(other) === list) rank++;
    }
    return rank;
  }
  /**
   * Those of one list stand in the order of their ranks, those of several in some order; those on none come last, so that one which is
   * being made and put on a list then is its newest.
   */
  restoreRank(place: number, rank: number): void {
    const last = this.listField >= 0 && this.listOf(place) === 0 ? this.capacity : 0;
    this.state.set(this.at0(place) + SEQUENCE, ((last + rank) << PLACE_BITS) | place);
  }
}

export function placeOf(handle: number): number {
  return handle & PLACE;
}
export function kindOf(handle: number): number {
  return (handle >>> PLACE_BITS) & KINDS;
}
export function handleOf(kind: number, place: number): number {
  return place | (kind << PLACE_BITS);
}
/** A handle to an object of the kind that no longer exists, the same whatever its history. */
export function danglingHandle(kind: number): number {
  return 1 | (kind << PLACE_BITS) | (DANGLING << GENERATION_SHIFT);
}
