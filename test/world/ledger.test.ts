import { expect, test } from 'vitest';
import { vtd } from '../../src/hardware/vtd/index.js';
import { Layout, StateVector } from '../../src/hardware/state-vector.js';
import { type BoundArchitecture, ROW } from '../../src/vocabulary/architecture.js';
import { BLAME, type Effect, isRefilled, Ledger, ORIGIN } from '../../src/world/ledger.js';
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

const kindOf = (name: string) => vtd.kinds.findIndex((each) => each.name === name);

function invalidation(name: string, tag: number): Effect {
  const command = vtd.commands.findIndex((each) => each.name === name);
  return { command, device: 0, pasid: -1, tag, page: 0, mask: 52, hint: 0 };
}

/** A device-TLB entry that is taken while the IOTLB entry it is made from stays; what else is queued then. Whether it is said to be refilled. */
function refilled(pending: readonly Effect[]): boolean {
  const layout = new Layout();
  const ledger = new Ledger(vtd.kinds, vtd.commands, shape(), 8, layout);
  const state = new StateVector(layout.size);
  let isMapped = true;
  const bound: Partial<BoundArchitecture> = {
    routes: (_, sink) => {
      if (isMapped) sink(kindOf('second'), OWNER, -1, TAG, 5, PAGE, 7, 3, 0);
    },
    next: (words, at, sink) => {
      if (words[at + ROW.kind] === kindOf('second'))
        sink(kindOf('device-tlb'), 0, -1, TAG, 5, PAGE, 7, 3, -1);
    },
    reach: () => {},
    feeds: () => true,
  };
  ledger.connect(state, bound as BoundArchitecture);
  ledger.afterChange(1, 1, 10);
  isMapped = false;
  ledger.afterChange(1, 1, 10);
  const rows = () => Array.from({ length: ledger.staleCount }, (_, i) => ledger.staleAt(i));
  const deviceTlb = () => rows().filter((at) => state.words[at + ROW.kind] === kindOf('device-tlb'));
  expect(deviceTlb().map((at) => isRefilled(state.words[at + ORIGIN]))).toEqual([false]);
  ledger.afterEffect(invalidation('device-tlb', 0), pending);
  expect(rows()).toHaveLength(2);
  ledger.afterEffect(invalidation('iotlb-domain', TAG), []);
  expect(rows()).toEqual(deviceTlb());
  return isRefilled(state.words[rows()[0] + ORIGIN]);
}

test('an entry is refilled when it comes back from one whose own invalidation is under way', () => {
  expect(refilled([invalidation('iotlb-domain', TAG)])).toBe(true);
  expect(refilled([invalidation('wait', 0), invalidation('iotlb-global', 0)])).toBe(true);
});

test('and not when nobody is about to invalidate that', () => {
  expect(refilled([])).toBe(false);
  expect(refilled([invalidation('iotlb-domain', OTHER_TAG), invalidation('device-tlb', 0)])).toBe(false);
});
