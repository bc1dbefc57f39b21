import { frameOf } from '../../../src/hardware/vtd/entries/address.js';
import * as context from '../../../src/hardware/vtd/entries/context.js';
import * as directory from '../../../src/hardware/vtd/entries/directory.js';
import * as pasids from '../../../src/hardware/vtd/entries/pasid.js';
import * as roots from '../../../src/hardware/vtd/entries/root.js';
import * as second from '../../../src/hardware/vtd/entries/second-level.js';
import { COMMAND, type CommandName } from '../../../src/hardware/vtd/index.js';
import type { StepContext } from '../../../src/vocabulary/context.js';
import type { Step, StepKind, StepSet } from '../../../src/vocabulary/step.js';

/** A mask that covers every page number. */
export const EVERYTHING = 36;
/** What {@link steps.tableEntry} answers for an entry that maps a page. */
export const LEAF = 1 << 30;
/** Entries of a table: what {@link steps.nextSlot} answers when there is no further one. */
export const SLOTS = 512;
/** A domain has a reference count and a domain id for each IOMMU. */
export const MOST_IOMMUS = 2;

type Act = (world: StepContext, a: number, b: number, c: number, d: number, e: number) => number;

function step(
  kind: StepKind,
  says: string,
  inputs: readonly string[],
  act: Act,
  more: Partial<Step> = {},
): Step {
  return {
    kind,
    inputs,
    skipped: 0,
    says,
    bind: (world) => (a, b, c, d, e) => act(world, a, b, c, d, e),
    ...more,
  };
}

const store = (says: string, inputs: readonly string[], act: Act): Step =>
  step('store', says, inputs, act, { sight: 'hardware' });
const clear = (says: string, inputs: readonly string[], act: Act): Step =>
  step('clear', says, inputs, act, { sight: 'hardware' });
const read = (says: string, inputs: readonly string[], act: Act): Step => step('read', says, inputs, act);
const fact = (inputs: readonly string[], act: Act): Step =>
  step('other', '', inputs, act, { instant: true, says: undefined });

/** A step on `domain.count` or `domain.did` of one IOMMU. */
function perIommu(
  kind: StepKind,
  says: string,
  array: 'count' | 'did',
  inputs: readonly string[],
  change: (old: number, value: number) => number,
  skipped = 0,
  answer: (old: number, fresh: number) => number = (_, fresh) => fresh,
): Step {
  return {
    kind,
    inputs: ['domain', 'iommu', ...inputs],
    skipped,
    says,
    bind: (world) => {
      const fields = Array.from({ length: MOST_IOMMUS }, (_, iommu) =>
        world.field(`domain.${array}${iommu}`),
      );
      return (domain, iommu, value) => {
        const field = fields[iommu];
        const old = field.get(domain);
        const fresh = change(old, value);
        if (fresh !== old) field.set(domain, fresh);
        return answer(old, fresh);
      };
    },
  };
}

/** A command put into the invalidation queue; the outcome is the ticket to wait for. */
function command(
  name: CommandName,
  says: string,
  inputs: readonly string[],
  scope: (
    a: number,
    b: number,
    c: number,
    d: number,
  ) => readonly [pasid: number, tag: number, page: number, mask: number, hint: number],
): Step {
  return {
    kind: 'flush',
    sight: 'hardware',
    inputs: ['device', ...inputs],
    skipped: 0,
    says,
    bind: (world) => (device, a, b, c, d) => {
      const [pasid, tag, page, mask, hint] = scope(a, b, c, d);
      return world.hardware.submit(COMMAND[name], device, pasid, tag, page, mask, hint);
    },
    ready: (world) => (device) => world.hardware.canSubmit(device),
  };
}

function indexAt(page: number, level: number): number {
  return (page >>> (9 * (level - 1))) & 511;
}

/** Frame of the table an entry of a second-level table points to; 0 for an empty one, {@link LEAF} for a mapped page. */
function tableAt(world: StepContext, table: number, index: number, level: number): number {
  const low = world.memory.low(table, index);
  if (!second.isSecondPresent(low)) return 0;
  return second.isSecondLeaf(low, level) ? LEAF : frameOf(low, world.memory.high(table, index));
}

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

/** What vtd@5.17 does to entries, tables and the queue: one store, one read or one command each. */
export const steps: StepSet = {
  deviceCount: fact([], (world) => world.shape.devices.length),
  iommuCount: fact([], (world) => world.shape.iommus.length),
  /** Some device behind the IOMMU, for commands that name the queue by a device. */
  deviceBehind: fact(['iommu'], (world, iommu) =>
    world.shape.devices.findIndex((device) => device.iommu === iommu),
  ),

  /** The device's device_domain_info, or 0. */
  infoOf: read("look up the device's info", ['device'], (world, device) =>
    world.field('function.info').get(device + 1),
  ),
  setInfo: step('store', "set the device's info", ['device', 'info'], (world, device, info) => {
    world.field('function.info').set(device + 1, info);
    return 0;
  }),
  clearInfo: step('clear', "clear the device's info", ['device'], (world, device) => {
    world.field('function.info').set(device + 1, 0);
    return 0;
  }),

  raiseCount: perIommu('reference', 'take a reference of IOMMU {iommu}', 'count', [], (old) => old + 1, 2),
  /** A count that is nought already stays so, and the reference is not the last. */
  lowerCount: perIommu(
    'put',
    'drop the reference of IOMMU {iommu}',
    'count',
    [],
    (old) => Math.max(0, old - 1),
    1,
    (old, fresh) => (old === 0 ? 1 : fresh),
  ),
  countOn: perIommu('read', 'is the domain used on IOMMU {iommu}', 'count', [], (old) => old),
  didOn: perIommu('read', 'read the domain id on IOMMU {iommu}', 'did', [], (old) => old),
  setDid: perIommu('store', 'set the domain id on IOMMU {iommu}', 'did', ['did'], (_, did) => did),
  clearDid: perIommu('clear', 'clear the domain id on IOMMU {iommu}', 'did', [], () => 0),

  setRootTable: store('point the IOMMU to its root table', ['iommu', 'table'], (world, iommu, table) => {
    world.hardware.setRoot(iommu, table);
    return 0;
  }),
  contextTable: read('look up the context table', ['device'], contextTableOf),
  linkContextTable: store('set the root entry', ['device', 'table'], (world, device, table) => {
    const [low, high] = roots.makeRootHalf(table);
    world.memory.store(rootOf(world, device), roots.rootIndex(rid(world, device)), low, high);
    return 0;
  }),
  contextPresent: read('read the context entry', ['device'], (world, device) =>
    context.isContextPresent(contextWord(world, device)) ? 1 : 0,
  ),
  /** Everything but the present bit, which follows in a store of its own. */
  storeContext: store('set up the context entry', ['device', 'directory'], (world, device, frame) => {
    const flags = world.shape.devices[device].ats ? context.CONTEXT_DEVICE_TLB : 0;
    const [low, high] = context.makeContext0(frame, 0, flags);
    return storeContextWord(world, device, low, high);
  }),
  presentContext: store('set the context entry present', ['device'], (world, device) =>
    addToContext(world, device, context.CONTEXT_PRESENT),
  ),
  clearContext: clear('clear the context entry', ['device'], (world, device) =>
    storeContextWord(world, device, 0, 0),
  ),
  contextTakesPasid: read('read PASIDE of the context entry', ['device'], (world, device) =>
    contextWord(world, device) & context.CONTEXT_PASID ? 1 : 0,
  ),
  setContextPasid: store('set PASIDE in the live context entry', ['device'], (world, device) =>
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
    'set type and table of the PASID entry',
    ['page', 'pasid', 'type', 'table'],
    (world, page, pasid, type, table) => {
      const [low, high] = pasids.makePasid0(type, table, 0);
      world.memory.store(page, pasids.pasidIndex(pasid), low, high);
      return 0;
    },
  ),
  presentEntry: store('set the PASID entry present', ['page', 'pasid'], (world, page, pasid) => {
    const at = pasids.pasidIndex(pasid);
    world.memory.store(
      page,
      at,
      world.memory.low(page, at) | pasids.PASID_PRESENT,
      world.memory.high(page, at),
    );
    return 0;
  }),
  zeroEntryWord: clear(
    'zero word {word} of the PASID entry',
    ['page', 'pasid', 'word'],
    (world, page, pasid, word) => {
      world.memory.store(page, pasids.pasidIndex(pasid) + word, 0, 0);
      return 0;
    },
  ),

  flushContext: command('context-device', 'flush the context cache of the device', [], () => [
    -1,
    -1,
    0,
    EVERYTHING,
    0,
  ]),
  flushPasidCache: command('pasid-cache-pasid', 'flush the PASID cache', ['did', 'pasid'], (did, pasid) => [
    pasid,
    did,
    0,
    EVERYTHING,
    0,
  ]),
  flushPasidCacheDomain: command(
    'pasid-cache-domain',
    'flush the PASID cache of the domain',
    ['did'],
    (did) => [-1, did, 0, EVERYTHING, 0],
  ),
  flushIotlbDomain: command('iotlb-domain', 'flush the IOTLB of the domain', ['did'], (did) => [
    -1,
    did,
    0,
    EVERYTHING,
    0,
  ]),
  /** The encoder of queued commands has no room for the hint, so it is never set for second-level tables. */
  flushIotlbPages: command(
    'iotlb-page',
    'flush the IOTLB of the pages',
    ['did', 'page', 'span'],
    (did, page, span) => [-1, did, page, span, 0],
  ),
  flushPasidIotlb: command(
    'pasid-iotlb-pasid',
    'flush the IOTLB of the PASID',
    ['did', 'pasid'],
    (did, pasid) => [pasid, did, 0, EVERYTHING, 0],
  ),
  flushDeviceTlb: command('device-tlb', 'flush the device-TLB', ['page', 'span'], (page, span) => [
    -1,
    -1,
    page,
    span,
    0,
  ]),
  flushPasidDeviceTlb: command(
    'pasid-device-tlb',
    'flush the device-TLB of the PASID',
    ['pasid'],
    (pasid) => [pasid, -1, 0, EVERYTHING, 0],
  ),
  awaitFlush: step('wait', 'wait until the flush is done', ['device', 'ticket'], () => 0, {
    ready: (world) => (device, ticket) => world.hardware.hasCompleted(device, ticket),
  }),

  /** Entry of a second-level table on the way to a page: 0 empty, {@link LEAF}, or the frame of the next table. */
  tableEntry: read(
    'read the entry of level {level}',
    ['table', 'page', 'level'],
    (world, table, page, level) => tableAt(world, table, indexAt(page, level), level),
  ),
  /** Compare-and-exchange of an empty entry: the outcome is the table that the entry points to now. */
  linkTable: store(
    'link a table at level {level}',
    ['table', 'page', 'level', 'child'],
    (world, table, page, level, child) => {
      const at = indexAt(page, level);
      const there = tableAt(world, table, at, level);
      if (there !== 0) return there;
      const [low, high] = second.makeSecondLevel(child, second.SECOND_READ | second.SECOND_WRITE);
      world.memory.store(table, at, low, high);
      return child;
    },
  ),
  /**
   * Compare-and-exchange of an empty entry. An entry in use stays as it is, and the code only warns. `rights`: permission
   * bits, above them the level less one.
   */
  storeLeaf: store(
    'set the leaf',
    ['table', 'page', 'rights', 'frame'],
    (world, table, page, rights, frame) => {
      const level = (rights >> 2) + 1;
      const at = indexAt(page, level);
      if (world.memory.low(table, at) !== 0) return 0;
      const large = level > 1 ? second.SECOND_LARGE : 0;
      const permission = (rights & 1 ? second.SECOND_READ : 0) | (rights & 2 ? second.SECOND_WRITE : 0);
      const [low, high] = second.makeSecondLevel(frame, permission | large);
      world.memory.store(table, at, low, high);
      return 0;
    },
  ),
  clearSlot: clear(
    'clear the entry of level {level}',
    ['table', 'page', 'level'],
    (world, table, page, level) => {
      world.memory.store(table, indexAt(page, level), 0, 0);
      return 0;
    },
  ),
  /** Next entry in use at or after a place, or {@link SLOTS}. */
  nextSlot: read('find the next entry in use', ['table', 'from'], (world, table, from) => {
    for (let at = from; at < SLOTS; at++)
      if ((world.memory.low(table, at) | world.memory.high(table, at)) !== 0) return at;
    return SLOTS;
  }),
  slotTable: read('read the entry at {index}', ['table', 'index', 'level'], tableAt),
  clearSlotAt: clear('clear the entry at {index}', ['table', 'index'], (world, table, index) => {
    world.memory.store(table, index, 0, 0);
    return 0;
  }),
};
