import * as context from '../../../../src/hardware/vtd/entries/context.js';
import * as directory from '../../../../src/hardware/vtd/entries/directory.js';
import * as pasids from '../../../../src/hardware/vtd/entries/pasid.js';
import * as roots from '../../../../src/hardware/vtd/entries/root.js';
import { configurationSteps } from '../../../../src/hardware/vtd/steps/index.js';
import type { StepContext } from '../../../../src/vocabulary/context.js';
import { read, store } from '../../../../src/vocabulary/make-step.js';
import type { StepSet } from '../../../../src/vocabulary/step.js';

const rid = (world: StepContext, device: number) => world.shape.devices[device].rid;
const rootOf = (world: StepContext, device: number) => world.hardware.root(world.shape.devices[device].iommu);

function contextTableOf(world: StepContext, device: number): number {
  const root = rootOf(world, device);
  const at = roots.rootIndex(rid(world, device));
  const low = world.memory.low(root, at);
  return roots.isRootPresent(low) ? roots.rootContextTable(low, world.memory.high(root, at)) : 0;
}

/** Word 0 of the device's context entry; 0 where there is no context table. */
function contextWord(world: StepContext, device: number): number {
  const table = contextTableOf(world, device);
  return table === 0 ? 0 : world.memory.low(table, context.contextIndex(rid(world, device)));
}

function storeContextWord(world: StepContext, device: number, low: number, high: number): number {
  world.memory.store(contextTableOf(world, device), context.contextIndex(rid(world, device)), low, high);
  return 0;
}

function addToContext(world: StepContext, device: number, bits: number): number {
  const table = contextTableOf(world, device);
  const at = context.contextIndex(rid(world, device));
  world.memory.store(table, at, world.memory.low(table, at) | bits, world.memory.high(table, at));
  return 0;
}

/** Root, context, directory and PASID entries: one store or one read each. */
export const entrySteps: StepSet = {
  setRootTable: configurationSteps.setRootTable,
  contextTable: read('look up the context table', ['device'], contextTableOf),
  linkContextTable: store('store', 'set the root entry', ['device', 'table'], (world, device, table) => {
    const [low, high] = roots.makeRootHalf(table);
    world.memory.store(rootOf(world, device), roots.rootIndex(rid(world, device)), low, high);
    return 0;
  }),
  contextPresent: read('read the context entry', ['device'], (world, device) =>
    context.isContextPresent(contextWord(world, device)) ? 1 : 0,
  ),
  /** Everything but the present bit, which follows in a store of its own. */
  storeContext: store(
    'store',
    'set up the context entry',
    ['device', 'directory'],
    (world, device, frame) => {
      const flags = world.shape.devices[device].ats ? context.CONTEXT_DEVICE_TLB : 0;
      const [low, high] = context.makeContext0(frame, 0, flags);
      return storeContextWord(world, device, low, high);
    },
  ),
  presentContext: store('store', 'set the context entry present', ['device'], (world, device) =>
    addToContext(world, device, context.CONTEXT_PRESENT),
  ),
  clearContext: store('clear', 'clear the context entry', ['device'], (world, device) =>
    storeContextWord(world, device, 0, 0),
  ),
  contextTakesPasid: read('read PASIDE of the context entry', ['device'], (world, device) =>
    contextWord(world, device) & context.CONTEXT_PASID ? 1 : 0,
  ),
  setContextPasid: store('store', 'set PASIDE in the live context entry', ['device'], (world, device) =>
    addToContext(world, device, context.CONTEXT_PASID),
  ),

  pasidPage: read('look up the page of the PASID entry', ['directory', 'pasid'], (world, frame, pasid) => {
    const at = directory.directoryIndex(pasid);
    const low = world.memory.low(frame, at);
    return directory.isDirectoryPresent(low)
      ? directory.directoryTable(low, world.memory.high(frame, at))
      : 0;
  }),
  linkPasidPage: store(
    'store',
    'set the PASID directory entry',
    ['directory', 'pasid', 'page'],
    (world, frame, pasid, page) => {
      const [low, high] = directory.makeDirectoryEntry(page);
      world.memory.store(frame, directory.directoryIndex(pasid), low, high);
      return 0;
    },
  ),
  /** The page an entry of the directory points to, by its place. */
  pasidPageAt: read('read a PASID directory entry', ['directory', 'index'], (world, frame, index) =>
    directory.directoryTable(world.memory.low(frame, index), world.memory.high(frame, index)),
  ),
  /** Kind of translation (PGTT) of a present entry, or 0. */
  entryType: read('read the PASID entry', ['page', 'pasid'], (world, page, pasid) => {
    const low = world.memory.low(page, pasids.pasidIndex(pasid));
    return pasids.isPasidPresent(low) ? pasids.pasidType(low) : 0;
  }),
  entryDid: read('read the domain id of the PASID entry', ['page', 'pasid'], (world, page, pasid) =>
    pasids.pasidDomain(world.memory.low(page, pasids.pasidIndex(pasid) + 1)),
  ),
  storeEntryDid: store(
    'store',
    'set the domain id of the PASID entry',
    ['page', 'pasid', 'did'],
    (world, page, pasid, did) => {
      const [low, high] = pasids.makePasid1(did);
      world.memory.store(page, pasids.pasidIndex(pasid) + 1, low, high);
      return 0;
    },
  ),
  /** Everything of word 0 but the present bit, which follows in a store of its own. */
  storeEntryTable: store(
    'store',
    'set type and table of the PASID entry',
    ['page', 'pasid', 'type', 'table'],
    (world, page, pasid, type, table) => {
      const [low, high] = pasids.makePasid0(type, table, 0);
      world.memory.store(page, pasids.pasidIndex(pasid), low, high);
      return 0;
    },
  ),
  presentEntry: store('store', 'set the PASID entry present', ['page', 'pasid'], (world, page, pasid) => {
    const at = pasids.pasidIndex(pasid);
    world.memory.store(
      page,
      at,
      world.memory.low(page, at) | pasids.PASID_PRESENT,
      world.memory.high(page, at),
    );
    return 0;
  }),
  zeroEntryWord: store(
    'clear',
    'zero word {word} of the PASID entry',
    ['page', 'pasid', 'word'],
    (world, page, pasid, word) => {
      world.memory.store(page, pasids.pasidIndex(pasid) + word, 0, 0);
      return 0;
    },
  ),
};
