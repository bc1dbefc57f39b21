import { ConcreteCaches } from '../../../src/hardware/caches.js';
import { CONFIG, DEFAULT, STE_ATS } from '../../../src/hardware/smmuv3/entries/stream.js';
import { type Scene, world } from '../cache-scene.js';
import { firstFlags, secondFlags, SmmuMachine } from './world.js';

/** Tables of two domains, with and without a PASID, and what software does to them. */
export function scene(): Scene {
  const m = new SmmuMachine(world, 64, ConcreteCaches.size);
  const seconds = [m.table(), m.table()];
  const firsts = [m.table(), m.table()];
  const leaves = firsts.map((root) => m.map(root, 3, 0, 0x100, firstFlags(3)));
  const contexts = m.table();
  for (const root of seconds)
    for (let frame = 1; frame < 48; frame++) m.map(root, 3, frame, frame, secondFlags(3));
  const parents = seconds.map((root, i) => m.map(root, 3, 0x100, 0x70 + i, secondFlags(3)));
  for (const root of seconds) m.map(root, 3, 0, 0x72, secondFlags(3));
  const stores: (() => void)[] = [];
  for (const { rid } of world.devices) {
    for (const i of [0, 1]) {
      const over = { contexts, vmid: 5 + i, flags: STE_ATS, maximum: 1, byDefault: DEFAULT.bypass };
      stores.push(() => m.stream(rid, CONFIG.first, { ...over, maximum: i }));
      stores.push(() => m.stream(rid, CONFIG.nested, { ...over, second: seconds[i] }));
      stores.push(() => m.stream(rid, CONFIG.second, { vmid: 5 + i, second: seconds[i], flags: STE_ATS }));
    }
    stores.push(() => m.stream(rid, CONFIG.bypass, { flags: STE_ATS }));
    stores.push(() => m.stream(rid, CONFIG.abort));
  }
  for (const substream of [0, 1])
    for (const i of [0, 1]) stores.push(() => m.context(contexts, substream, i, firsts[i]));
  for (const leaf of leaves) {
    for (const flags of [firstFlags(3), firstFlags(1), 0])
      stores.push(() => m.store(leaf, 0, [(0x101 << 12) | flags, 0]));
  }
  for (const parent of parents) stores.push(() => m.store(parent, 0x100, [(0x73 << 12) | secondFlags(3), 0]));
  for (const change of [...stores, stores[0]]) change();
  for (const leaf of leaves) m.store(leaf, 0, [(0x101 << 12) | firstFlags(3), 0]);
  return { machine: m, stores, requests: [-1, 1], pages: [0, 1], tags: [5, 6] };
}
