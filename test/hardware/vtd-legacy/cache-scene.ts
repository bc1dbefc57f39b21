import { ConcreteCaches } from '../../../src/hardware/caches.js';
import { TYPE } from '../../../src/hardware/vtd-legacy/entries.js';
import { type Scene, world } from '../cache-scene.js';
import { LegacyMachine } from './world.js';

/** Two domains of 3 and 4 levels, and what software does to them. Nothing carries a PASID. */
export function scene(): Scene {
  const m = new LegacyMachine(world, 48, ConcreteCaches.size);
  const LEVELS = [3, 4];
  const roots = LEVELS.map(() => m.table());
  const leaves = roots.map((root, i) => m.map(root, LEVELS[i], 0, 0x70 + i, 3));
  roots.forEach((root, i) => {
    m.map(root, LEVELS[i], 1, 0x72 + i, 3);
  });
  const stores: (() => void)[] = [];
  for (const { rid } of world.devices) {
    for (const type of [TYPE.passThrough, TYPE.untranslated, TYPE.deviceTlb])
      for (const i of [0, 1]) stores.push(() => m.context(rid, type, LEVELS[i], 5 + i, roots[i]));
  }
  for (const leaf of leaves)
    for (const target of [0, 0x75001, 0x76003]) stores.push(() => m.store(leaf, 0, [target, 0]));
  // In the end the first device translates, and may ask for translations.
  for (const change of stores) change();
  m.context(world.devices[0].rid, TYPE.deviceTlb, LEVELS[0], 5, roots[0]);
  return { machine: m, stores, requests: [-1, -1], pages: [0, 1], tags: [5, 6] };
}
