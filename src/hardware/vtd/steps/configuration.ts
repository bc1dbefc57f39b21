import type { StepContext } from '../../../vocabulary/context.js';
import { read, store } from '../../../vocabulary/make-step.js';
import type { StepSet } from '../../../vocabulary/step.js';
import * as context from '../entries/context.js';
import * as directory from '../entries/directory.js';
import * as pasids from '../entries/pasid.js';
import * as roots from '../entries/root.js';

function rid(world: StepContext, device: number): number {
  return world.shape.devices[device].rid;
}

/** Change bits in the low word of a qword, as a read-modify-write whose owner is the only writer. */
function change(world: StepContext, table: number, at: number, set: number, clear: number): number {
  const { memory } = world;
  memory.store(table, at, (memory.low(table, at) & ~clear) | set, memory.high(table, at));
  return 0;
}

/** Root, context, directory and PASID entries: one 64-bit store (or one of 128) or one read each. */
export const configurationSteps: StepSet = {
  setRootTable: store(
    'store',
    'point the IOMMU to its root table',
    ['iommu', 'table'],
    (world, iommu, table) => {
      world.hardware.setRoot(iommu, table);
      return 0;
    },
  ),
  rootTable: read('read the root table pointer', ['iommu'], (world, iommu) => world.hardware.root(iommu)),
  contextTable: read('look up the context table', ['root', 'device'], (world, root, device) => {
    const at = roots.rootIndex(rid(world, device));
    const low = world.memory.low(root, at);
    return roots.isRootPresent(low) ? roots.rootContextTable(low, world.memory.high(root, at)) : 0;
  }),
  linkContextTable: store(
    'store',
    'set the root entry',
    ['root', 'device', 'table'],
    (world, root, device, table) => {
      const [low, high] = roots.makeRootHalf(table);
      world.memory.store(root, roots.rootIndex(rid(world, device)), low, high);
      return 0;
    },
  ),

  /** Qword 1 of the context entry: requests without PASID use PASID 0. */
  storeContextHigh: store(
    'store',
    'set RID_PASID of the context entry',
    ['table', 'device'],
    (world, table, device) => {
      const [low, high] = context.makeContext1(0, 0);
      world.memory.store(table, context.contextIndex(rid(world, device)) + 1, low, high);
      return 0;
    },
  ),
  /** Qword 0 with the present bit, and every feature the device has. */
  storeContextLow: store(
    'store',
    'set the context entry present',
    ['table', 'device', 'directory'],
    (world, table, device, frame) => {
      const { ats, pri, slots } = world.shape.devices[device];
      const flags =
        context.CONTEXT_PRESENT |
        (ats ? context.CONTEXT_DEVICE_TLB : 0) |
        (slots > 0 ? context.CONTEXT_PASID : 0) |
        (ats && pri ? context.CONTEXT_PAGE_REQUEST : 0);
      const [low, high] = context.makeContext0(frame, 0, flags);
      world.memory.store(table, context.contextIndex(rid(world, device)), low, high);
      return 0;
    },
  ),
  contextDirectory: read(
    'read the PASID directory of the device',
    ['table', 'device'],
    (world, table, device) => {
      const at = context.contextIndex(rid(world, device));
      const low = world.memory.low(table, at);
      return context.isContextPresent(low) ? context.contextDirectory(low, world.memory.high(table, at)) : 0;
    },
  ),
  clearContextPresent: store(
    'clear',
    'clear the present bit of the context entry',
    ['table', 'device'],
    (world, table, device) =>
      change(world, table, context.contextIndex(rid(world, device)), 0, context.CONTEXT_PRESENT),
  ),
  clearContextLow: store(
    'clear',
    'zero the low word of the context entry',
    ['table', 'device'],
    (world, table, device) => {
      world.memory.store(table, context.contextIndex(rid(world, device)), 0, 0);
      return 0;
    },
  ),
  clearContextHigh: store(
    'clear',
    'zero the high word of the context entry',
    ['table', 'device'],
    (world, table, device) => {
      world.memory.store(table, context.contextIndex(rid(world, device)) + 1, 0, 0);
      return 0;
    },
  ),

  pasidTable: read('look up the PASID table', ['directory', 'pasid'], (world, frame, pasid) => {
    const at = directory.directoryIndex(pasid);
    const low = world.memory.low(frame, at);
    return directory.isDirectoryPresent(low)
      ? directory.directoryTable(low, world.memory.high(frame, at))
      : 0;
  }),
  linkPasidTable: store(
    'store',
    'set the PASID directory entry',
    ['directory', 'pasid', 'table'],
    (world, frame, pasid, table) => {
      const [low, high] = directory.makeDirectoryEntry(table);
      world.memory.store(frame, directory.directoryIndex(pasid), low, high);
      return 0;
    },
  ),
  clearDirectoryEntry: store(
    'clear',
    'clear the PASID directory entry',
    ['directory', 'pasid'],
    (world, frame, pasid) => {
      world.memory.store(frame, directory.directoryIndex(pasid), 0, 0);
      return 0;
    },
  ),

  /** Kind of translation (PGTT) of a present entry, or 0. */
  pasidEntryType: read('read the PASID entry', ['table', 'pasid'], (world, table, pasid) => {
    const low = world.memory.low(table, pasids.pasidIndex(pasid));
    return pasids.isPasidPresent(low) ? pasids.pasidType(low) : 0;
  }),
  pasidEntryDomain: read('read the domain id of the PASID entry', ['table', 'pasid'], (world, table, pasid) =>
    pasids.pasidDomain(world.memory.low(table, pasids.pasidIndex(pasid) + 1)),
  ),
  /** Qword 0 of an entry still absent: kind of translation and second-stage table. */
  storePasidType: store(
    'store',
    'set type and second-stage table of the PASID entry',
    ['table', 'pasid', 'type', 'root'],
    (world, table, pasid, type, root) => {
      const [low, high] = pasids.makePasid0(type, root, 0);
      world.memory.store(table, pasids.pasidIndex(pasid), low, high);
      return 0;
    },
  ),
  storePasidDomain: store(
    'store',
    'set the domain id of the PASID entry',
    ['table', 'pasid', 'did'],
    (world, table, pasid, did) => {
      const [low, high] = pasids.makePasid1(did);
      world.memory.store(table, pasids.pasidIndex(pasid) + 1, low, high);
      return 0;
    },
  ),
  storePasidFirstTable: store(
    'store',
    'set the first-stage table of the PASID entry',
    ['table', 'pasid', 'root'],
    (world, table, pasid, root) => {
      const [low, high] = pasids.makePasid2(root);
      world.memory.store(table, pasids.pasidIndex(pasid) + 2, low, high);
      return 0;
    },
  ),
  /** Type, second-stage table and domain of a present entry in one 128-bit store. */
  replacePasidUnit: store(
    'store',
    'set the first 128 bits of the PASID entry',
    ['table', 'pasid', 'type', 'root', 'did'],
    (world, table, pasid, type, root, did) => {
      const [low0, high0] = pasids.makePasid0(type, root);
      const [low1, high1] = pasids.makePasid1(did);
      world.memory.storePair(table, pasids.pasidIndex(pasid), low0, high0, low1, high1);
      return 0;
    },
  ),
  setPasidPresent: store('store', 'set the PASID entry present', ['table', 'pasid'], (world, table, pasid) =>
    change(world, table, pasids.pasidIndex(pasid), pasids.PASID_PRESENT, 0),
  ),
  clearPasidPresent: store(
    'clear',
    'clear the present bit of the PASID entry',
    ['table', 'pasid'],
    (world, table, pasid) => change(world, table, pasids.pasidIndex(pasid), 0, pasids.PASID_PRESENT),
  ),
  zeroPasidWord: store(
    'clear',
    'zero word {word} of the PASID entry',
    ['table', 'pasid', 'word'],
    (world, table, pasid, word) => {
      world.memory.store(table, pasids.pasidIndex(pasid) + word, 0, 0);
      return 0;
    },
  ),
};
