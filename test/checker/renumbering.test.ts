import { describe, expect, it } from 'vitest';
import { explore } from '../../src/checker/explore.js';
import type { Action, ActionRecord, Model } from '../../src/checker/model.js';
import type { Violation } from '../../src/vocabulary/violation.js';

const NONE: readonly Violation[] = [];
const SLOTS = 4;
const PUT = 0;
const RAISE = 8;
const DROP = 16;

/**
 * A bag of small numbers, kept in the order they were put in; its encoding is sorted. So a decoded bag has its items in other
 * places than the run that led to it, and the same action number means another item.
 */
class Bag implements Model {
  readonly name = 'bag';
  readonly agents = 1;
  readonly maxEncoding = SLOTS;
  readonly coverage = { groups: {} };
  readonly changes: readonly string[] = [];
  violations: readonly Violation[] = NONE;
  private items: number[] = [];
  private saved: number[][] = [];

  agentName(): string {
    return 'caller';
  }

  reset(): void {
    this.items = [];
    this.saved = [];
    this.violations = NONE;
  }

  enabled(out: Int32Array): number {
    let count = 0;
    if (this.items.length < SLOTS) for (const value of [2, 0]) out[count++] = PUT + value;
    this.items.forEach((value, at) => {
      if (value < 3) out[count++] = RAISE + at;
      out[count++] = DROP + at;
    });
    return count;
  }

  draw(): Action {
    return PUT;
  }

  canMove(): boolean {
    return true;
  }

  agentOf(): number {
    return 0;
  }

  isOperation(): boolean {
    return true;
  }

  describe(action: Action): string {
    return `action ${action}`;
  }

  apply(action: Action): void {
    this.violations = NONE;
    if (action >= DROP) this.items.splice(action - DROP, 1);
    else if (action >= RAISE) this.items[action - RAISE]++;
    else this.items.push(action);
    if (this.encoded().join() !== '0,1,3') return;
    this.violations = [{ property: 'bag', cause: 'bag/0,1,3', explanation: [] }];
  }

  mark(): number {
    return this.saved.push([...this.items]) - 1;
  }

  rollback(mark: number): void {
    this.items = this.saved[mark];
    this.saved.length = mark;
  }

  encode(out: Uint8Array, offset: number): number {
    out.set(this.encoded(), offset);
    return this.items.length;
  }

  decode(from: Uint8Array, offset: number, length: number): void {
    this.items = [...from.subarray(offset, offset + length)];
  }

  footprint() {
    return { reads: 1, writes: 1, visible: true };
  }

  check(): readonly Violation[] {
    return NONE;
  }

  quiescent(): boolean {
    return true;
  }

  setPhase(): void {}

  finish(): readonly Violation[] {
    return NONE;
  }

  record(action: Action): ActionRecord {
    return { agent: 'caller', does: `${action}` };
  }

  resolve(record: ActionRecord): Action {
    return Number(record.does);
  }

  position(): string {
    return '';
  }

  setTracing(): void {}

  protected encoded(): number[] {
    return this.items.toSorted((a, b) => a - b);
  }
}

describe('explore, where decoding renumbers objects', () => {
  it('gives actions that run from the start without decoding', () => {
    const model = new Bag();
    const { violations, states } = explore(model);
    // Bags of at most 4 of 4 kinds, C(8, 4) = 70, but for the one that only violating steps reach.
    expect(states).toBe(69);
    expect(violations[0]).toMatchObject({ operations: 5, steps: 5 });
    model.reset();
    for (const action of violations[0].actions) model.apply(action);
    expect(model.violations).toHaveLength(1);
  });

  it('refuses a counterexample that only decoding made', () => {
    class Faulty extends Bag {
      override decode(from: Uint8Array, offset: number, length: number): void {
        super.decode(
          from.map((value) => (value === 2 ? 3 : value)),
          offset,
          length,
        );
      }
    }
    expect(() => explore(new Faulty())).toThrow(
      /^bag: step 2 \(action 0\) of the trace to bag\/0,1,3 does not replay from the start$/,
    );
  });
});
