import { expect, test } from 'vitest';
import { vtd } from '../../src/hardware/vtd/index.js';
import { Layout, StateVector } from '../../src/hardware/state-vector.js';
import { type BoundArchitecture, ROW } from '../../src/vocabulary/architecture.js';
import { BLAME, Ledger, ORIGIN } from '../../src/world/ledger.js';
import { shape } from '../hardware/machine.js';

const OWNER = -1;
const [TAG, OTHER_TAG] = [2, 3];
const [GIGABYTE, PAGE] = [18, 0];
type Row = readonly [kind: 'absent-second' | 'second', tag: number, page: number, size: number];

/** A ledger over memory that is said outright: each change gives what memory yields from then on. */
function told() {
  const layout = new Layout();
  const ledger = new Ledger(vtd.kinds, vtd.commands, shape(), 8, layout);
  const state = new StateVector(layout.size);
  let memory: readonly Row[] = [];
  const bound: Partial<BoundArchitecture> = {
    routes: (_, sink) => {
      for (const [name, tag, page, size] of memory) {
        const kind = vtd.kinds.findIndex((each) => each.name === name);
        sink(kind, OWNER, -1, tag, page, size, 0, name === 'second' ? 3 : 0, 0);
      }
    },
    next: () => {},
    reach: () => {},
    feeds: () => false,
  };
  ledger.connect(state, bound as BoundArchitecture);
  const change = (blame: number, ...rows: readonly Row[]) => {
    memory = rows;
    ledger.afterChange(1, blame, 10 * blame);
    return Array.from({ length: ledger.staleCount }, (_, i) => ledger.staleAt(i)).map((at) => ({
      size: state.words[at + ROW.size],
      blame: state.words[at + BLAME],
      origin: state.words[at + ORIGIN],
      isStillTrue: ledger.isStillTrue(at),
    }));
  };
  return change;
}

test('a not-present result is still true until something is there, and then the fault of who put it there', () => {
  const change = told();
  change(1, ['absent-second', TAG, 0, GIGABYTE]);
  const linked = { size: GIGABYTE, blame: 1, origin: 10, isStillTrue: true };
  expect(change(1, ['absent-second', TAG, 5, PAGE])).toEqual([linked]);
  const elsewhere: readonly Row[] = [
    ['second', OTHER_TAG, 5, PAGE],
    ['second', TAG, 1 << GIGABYTE, PAGE],
  ];
  expect(change(2, ['absent-second', TAG, 5, PAGE], ...elsewhere)).toEqual([linked]);
  const mapped = { blame: 3, origin: 30, isStillTrue: false };
  expect(change(3, ['second', TAG, 5, PAGE], ...elsewhere)).toEqual([
    { ...mapped, size: GIGABYTE },
    { ...mapped, size: PAGE },
  ]);
});
