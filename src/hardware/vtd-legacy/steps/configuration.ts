import type { StepContext } from '../../../vocabulary/context.js';
import { read, store } from '../../../vocabulary/make-step.js';
import type { StepSet } from '../../../vocabulary/step.js';
import { configurationSteps as scalable } from '../../vtd/steps/configuration.js';
import * as entries from '../entries.js';

/** The context table that serves the device's requests; 0 where its root entry has none. */
function contextTable(world: StepContext, device: number): number {
  const { rid, iommu } = world.shape.devices[device];
  const root = world.hardware.root(iommu);
  const at = entries.rootIndex(rid);
  const low = world.memory.low(root, at);
  return entries.isPresent(low) ? entries.tableOf(low, world.memory.high(root, at)) : 0;
}

function contextIndex(world: StepContext, device: number): number {
  return entries.contextIndex(world.shape.devices[device].rid);
}

/** Low half of qword `word` of the device's context entry; 0 where there is no context table. */
function contextLow(world: StepContext, device: number, word: number): number {
  const table = contextTable(world, device);
  return table === 0 ? 0 : world.memory.low(table, contextIndex(world, device) + word);
}

/** Root and context entries: one 64-bit store or one read each. */
export const configurationSteps: StepSet = {
  setRootTable: scalable.setRootTable,
  contextTable: read('look up the context table', ['device'], contextTable),
  linkContextTable: store('store', 'set the root entry', ['device', 'table'], (world, device, table) => {
    const { rid, iommu } = world.shape.devices[device];
    const [low, high] = entries.makeRoot(table);
    world.memory.store(world.hardware.root(iommu), entries.rootIndex(rid), low, high);
    return 0;
  }),

  contextPresent: read('read the context entry', ['device'], (world, device) =>
    entries.isPresent(contextLow(world, device, 0)) ? 1 : 0,
  ),
  contextDomain: read('read the domain id of the context entry', ['device'], (world, device) =>
    entries.domainOf(contextLow(world, device, 1)),
  ),
  /** Qword 1 of the context entry: how deep the tables are, and the domain. */
  storeContextHigh: store(
    'store',
    'set width and domain id of the context entry',
    ['device', 'levels', 'did'],
    (world, device, levels, did) => {
      const [low, high] = entries.makeContext1(levels, did);
      world.memory.store(contextTable(world, device), contextIndex(world, device) + 1, low, high);
      return 0;
    },
  ),
  /** Qword 0 but for the present bit. `type`: {@link entries.TYPE}. */
  storeContextLow: store(
    'store',
    'set type and table of the context entry',
    ['device', 'type', 'table'],
    (world, device, type, table) => {
      const [low, high] = entries.makeContext0(type, table, 0);
      world.memory.store(contextTable(world, device), contextIndex(world, device), low, high);
      return 0;
    },
  ),
  setContextPresent: store('store', 'set the context entry present', ['device'], (world, device) => {
    const { memory } = world;
    const table = contextTable(world, device);
    const at = contextIndex(world, device);
    memory.store(table, at, memory.low(table, at) | entries.PRESENT, memory.high(table, at));
    return 0;
  }),
  clearContextLow: store('clear', 'zero the low word of the context entry', ['device'], (world, device) => {
    world.memory.store(contextTable(world, device), contextIndex(world, device), 0, 0);
    return 0;
  }),
  clearContextHigh: store('clear', 'zero the high word of the context entry', ['device'], (world, device) => {
    world.memory.store(contextTable(world, device), contextIndex(world, device) + 1, 0, 0);
    return 0;
  }),
};
