import { ConcreteCaches } from '../../../src/hardware/caches.js';
import {
  ENTRY_READ,
  ENTRY_WRITE,
  makeEntry,
  makeRoute,
  ROUTE_ATS,
  routeIndex,
  VALID,
} from '../../../src/hardware/toy/entries.js';
import { toy } from '../../../src/hardware/toy/index.js';
import { type Scene, world } from '../cache-scene.js';
import { TestMachine } from '../machine.js';

/** Tables of two domains, with and without a PASID, and what software does to them. */
export function scene(): Scene {
  const m = new TestMachine(toy, world, 16, ConcreteCaches.size);
  const root = m.table();
  m.roots[0] = root;
  const tops = [m.table(), m.table()];
  const tables = [m.table(), m.table()];
  const all = VALID | ENTRY_READ | ENTRY_WRITE;
  const stores: (() => void)[] = [];
  const clears: (() => void)[] = [];
  for (const i of [0, 1]) {
    for (const j of [0, 1]) stores.push(() => m.store(tops[i], 0, makeEntry(tables[j], all)));
    for (const frame of [0x70, 0x71]) {
      for (const j of [0, 1]) stores.push(() => m.store(tables[i], j, makeEntry(frame + 2 * i, all)));
    }
    clears.push(() => m.store(tops[i], 0, [0, 0]));
    clears.push(() => m.store(tables[i], i, [0, 0]));
    for (const pasid of [-1, 1]) {
      for (const d of [0, 1]) {
        stores.push(() =>
          m.store(root, routeIndex(d, pasid), makeRoute(tops[i], 5 + i, d === 0 ? ROUTE_ATS : 0)),
        );
      }
      clears.push(() => m.store(root, routeIndex(0, pasid), [0, 0]));
    }
  }
  for (const change of stores) change();
  stores.push(...clears);
  return { machine: m, stores, requests: [-1, 1], pages: [0, 1], tags: [5, 6] };
}
