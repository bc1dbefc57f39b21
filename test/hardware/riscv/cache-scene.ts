import { ConcreteCaches } from '../../../src/hardware/caches.js';
import {
  DC_ATS,
  DC_PROCESS_DIRECTORY,
  DC_VALID,
  MODE,
} from '../../../src/hardware/riscv/entries/device-context.js';
import { type Scene, world } from '../cache-scene.js';
import { RiscvMachine } from './world.js';

/** Tables of two domains, with and without a PASID, and what software does to them. */
export function scene(): Scene {
  const m = new RiscvMachine(world, 64, ConcreteCaches.size);
  const seconds = [m.wideTable(), m.wideTable()];
  const firsts = [m.table(), m.table()];
  const leaves = firsts.map((root) => m.map(root, 3, 0, 0x100, 3));
  const processes = m.table();
  // What the tables of a guest lie in is seen at its own number; its pages 0x100 and 0x101 are elsewhere.
  for (const root of seconds) for (let frame = 1; frame < 48; frame++) m.map(root, 3, frame, frame, 3);
  const parents = seconds.map((root, i) => m.map(root, 3, 0x100, 0x70 + i, 3));
  for (const root of seconds) m.map(root, 3, 0, 0x72, 3);
  const stores: (() => void)[] = [];
  for (const d of [0, 1]) {
    for (const i of [0, 1]) {
      const first = [MODE.sv39, firsts[i]] as const;
      const second = [MODE.sv39, 5 + i, seconds[i]] as const;
      for (const stages of [[first], [first, second], [[0, 0], second]] as const)
        stores.push(() => m.context(world.devices[d].rid, DC_VALID | DC_ATS, stages[0], stages[1], 7));
      stores.push(() => m.process(processes, 1, 5 + i, first));
    }
    const tc = DC_VALID | DC_ATS | DC_PROCESS_DIRECTORY;
    stores.push(() => m.context(world.devices[d].rid, tc, [1, processes]));
    stores.push(() => m.context(world.devices[d].rid, tc, [1, processes], [MODE.sv39, 5, seconds[0]]));
    stores.push(() => m.context(world.devices[d].rid, 0, [0, 0]));
  }
  for (const leaf of leaves) {
    for (const flags of [0xd7, 0x53, 0]) stores.push(() => m.store(leaf, 0, [(0x101 << 10) | flags, 0]));
  }
  for (const parent of parents) stores.push(() => m.store(parent, 0x100, [(0x73 << 10) | 0xd7, 0]));
  // In the end the first device translates.
  for (const change of [...stores, stores[0]]) change();
  for (const leaf of leaves) m.store(leaf, 0, [(0x101 << 10) | 0xd7, 0]);
  return { machine: m, stores, requests: [-1, 1], pages: [0, 1], tags: [5, 6] };
}
