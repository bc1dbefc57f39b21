import { ConcreteCaches } from '../../../src/hardware/caches.js';
import * as first from '../../../src/hardware/vtd/entries/first-level.js';
import * as pasids from '../../../src/hardware/vtd/entries/pasid.js';
import { type Scene, world } from '../cache-scene.js';
import { VtdMachine } from './world.js';

/** Tables of two domains, with and without a PASID, and what software does to them. */
export function scene(): Scene {
  const m = new VtdMachine(world, 48, ConcreteCaches.size);
  const seconds = [m.table(), m.table()];
  const firsts = [m.table(), m.table()];
  const leaves = [
    ...seconds.map((root) => m.mapSecond(root, 0, 0x70, 3)),
    ...firsts.map((root) => m.mapFirst(root, 0, 0x80, 3)),
  ];
  // A guest's four tables, seen at 0x100…0x103 through the second root of either.
  const guest = [0, 1, 2, 3].map(() => m.table());
  [0x101, 0x102, 0x103, 0x200].forEach((page, i) => {
    m.store(guest[i], 0, first.makeFirstLevel(page, 7));
  });
  let parent = 0;
  for (const root of seconds) {
    guest.forEach((frame, i) => {
      parent = m.mapSecond(root, 0x100 + i, frame, 3);
    });
    m.mapSecond(root, 0x200, 0x55, 3);
  }
  const entry = (pasid: number, type: number, i: number) => (): void => {
    const hasFirst = type === pasids.NESTED ? 0x100 : firsts[i];
    m.pasid(pasid, type, 5 + i, hasFirst, seconds[i]);
  };
  const stores: (() => void)[] = [];
  for (const pasid of [0, 1]) {
    for (const type of [1, 2, 3, 4]) for (const i of [0, 1]) stores.push(entry(pasid, type, i));
    stores.push(() => m.pasidWord(pasid, 0, [0, 0]));
    stores.push(() => m.pasidWord(pasid, 2, pasids.makePasid2(firsts[1])));
  }
  for (const leaf of leaves.slice(0, 2)) {
    for (const target of [0, 0x71003, 0x72001]) stores.push(() => m.store(leaf, 0, [target, 0]));
  }
  for (const leaf of leaves.slice(2)) {
    for (const target of [0, 0x81007, 0x82005]) stores.push(() => m.store(leaf, 0, [target, 0]));
  }
  stores.push(() => m.store(guest[3], 0, first.makeFirstLevel(0x200, 5)));
  stores.push(() => m.store(guest[3], 0, first.makeFirstLevel(0x103, 7)));
  stores.push(() => m.store(parent, 0x100, [0, 0]));
  stores.push(() => m.store(parent, 0x100, [(guest[0] << 12) | 3, 0]));
  for (const change of stores.slice(0, 4)) change();
  return { machine: m, stores, requests: [-1, 1], pages: [0, 1], tags: [5, 6] };
}
