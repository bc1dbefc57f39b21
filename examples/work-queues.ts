/**
 * A whole design in one file: work queues, each with a PASID of its own, and nothing else. The RID of a device stays the kernel's.
 * One mutex serializes every call. It has one flaw, on purpose: `unmap` gives the caller's page back before the mapping is gone.
 *
 *   npx iommu-check run ./work-queues.ts
 *   npx iommu-check run ./work-queues.ts --mended
 */
import {
  args,
  BY_THE_WORLD,
  defineDesign,
  ERRNO,
  type MendQuery,
  procedure,
  reg,
  registers,
  result,
} from 'iommu-check';

/** Go to `target` and keep what the step gave in a register. */
const keep = (target: string, register: string) => ({
  target,
  actions: { type: 'keep' as const, params: { register } },
});
/** Go to `target` when the step gave 0. */
const ifZero = (target: string) => ({ guard: { type: 'resultIs' as const, params: { value: 0 } }, target });
/** Go to `target` with an errno to return. */
const giveUp = (target: string, errno: number) => ({
  target,
  actions: { type: 'set' as const, params: { register: 'errno', value: errno } },
});
const refuse = (target: string, errno: number) => ({ ...ifZero(target), ...giveUp(target, errno) });

const MUTEX = { family: 'mutex', id: 1 };
const lock = (target: string) => ({ invoke: { src: 'lock', input: args(MUTEX), onDone: target } });
const unlock = (target: string) => ({ invoke: { src: 'unlock', input: args(MUTEX), onDone: target } });
const failed = { invoke: { src: 'fail', input: args({ errno: reg('errno') }) } };
const done = { type: 'final' as const };

/** Read a field of the object in a register. */
const read = (field: string, of: string, target: string, register: string) => ({
  invoke: { src: 'get', input: args({ field, of: reg(of) }), onDone: keep(target, register) },
});
const write = (field: string, of: string, value: string, target: string) => ({
  invoke: { src: 'set', input: args({ field, of: reg(of), value: reg(value) }), onDone: target },
});
const destroy = (kind: string, of: string, target: string) => ({
  invoke: { src: 'destroy', input: args({ kind, of: reg(of) }), onDone: target },
});
/** The object two of whose fields have the values of registers; 0 when there is none. */
const find = (kind: string, [first, one]: [string, string], [second, two]: [string, string]) => ({
  src: 'find',
  input: args({
    ...{ kind, firstField: `${kind}.${first}`, secondField: `${kind}.${second}` },
    ...{ first: reg(one), second: reg(two) },
  }),
});
const FIND_MAPPING = find('mapping', ['space', 'handle'], ['page', 'number']);
const FIND_ATTACHMENT = find('attachment', ['device', 'device'], ['slot', 'slot']);

/** The caller's descriptor, and whether what it stands for still exists. */
const findSpace = (next: string) => ({
  lookUp: {
    invoke: { src: 'lookUpSpace', input: args({ space: reg('space') }), onDone: keep('isLive', 'handle') },
  },
  isLive: {
    invoke: {
      src: 'isLive',
      input: args({ kind: 'space', of: reg('handle') }),
      onDone: [refuse('unlockFailed', ERRNO.EINVAL), { target: next }],
    },
  },
});

/** The number of the caller's page, which must be a small one. */
const findNumber = (next: string) => ({
  isSmall: {
    always: [
      { guard: { type: 'is' as const, params: { register: 'size', value: 0 } }, target: 'findNumber' },
      giveUp('unlockFailed', ERRNO.EINVAL),
    ],
  },
  findNumber: {
    invoke: { src: 'pageNumber', input: args({ page: reg('page') }), onDone: keep(next, 'number') },
  },
});

const createSpace = procedure.createMachine({
  id: 'createSpace',
  context: registers({ kind: 'int', handle: 'ref', domain: 'ref', errno: 'int' }),
  output: result('handle'),
  initial: 'isPaging',
  states: {
    isPaging: {
      always: [
        { guard: { type: 'is', params: { register: 'kind', value: 0 } }, target: 'create' },
        giveUp('failed', ERRNO.EINVAL),
      ],
    },
    create: {
      invoke: {
        src: 'create',
        input: args({ kind: 'space' }),
        onDone: keep('allocDomain', 'handle'),
        onError: keep('failed', 'errno'),
      },
    },
    allocDomain: {
      invoke: {
        src: 'driver/allocDomain',
        input: args({ kind: 0, parent: 0 }),
        onDone: keep('store', 'domain'),
        onError: keep('destroy', 'errno'),
      },
    },
    store: write('space.domain', 'handle', 'domain', 'created'),
    created: done,
    destroy: destroy('space', 'handle', 'failed'),
    failed,
  },
});

const freeSpace = procedure.createMachine({
  id: 'freeSpace',
  context: registers({ space: 'int', handle: 'ref', domain: 'ref', mapping: 'ref', errno: 'int' }),
  initial: 'lock',
  states: {
    lock: lock('lookUp'),
    ...findSpace('isUsed'),
    isUsed: {
      invoke: {
        src: 'next',
        input: args({ kind: 'attachment', field: 'attachment.space', after: 0, value: reg('handle') }),
        onDone: [ifZero('readDomain'), giveUp('unlockFailed', ERRNO.EBUSY)],
      },
    },
    readDomain: read('space.domain', 'handle', 'nextMapping', 'domain'),
    nextMapping: {
      invoke: {
        src: 'next',
        input: args({ kind: 'mapping', field: 'mapping.space', after: 0, value: reg('handle') }),
        onDone: [ifZero('freeDomain'), keep('remove', 'mapping')],
      },
    },
    remove: {
      invoke: {
        src: 'removeMapping',
        input: args({ mapping: reg('mapping'), domain: reg('domain') }),
        onDone: 'nextMapping',
        onError: 'nextMapping',
      },
    },
    freeDomain: {
      invoke: { src: 'driver/freeDomain', input: args({ domain: reg('domain') }), onDone: 'destroy' },
    },
    destroy: destroy('space', 'handle', 'unlock'),
    unlock: unlock('freed'),
    freed: done,
    unlockFailed: unlock('failed'),
    failed,
  },
});

const map = procedure.createMachine({
  id: 'map',
  context: registers({
    ...{ space: 'int', page: 'int', frame: 'int', permission: 'int', size: 'int', errno: 'int' },
    ...{ handle: 'ref', domain: 'ref', mapping: 'ref', number: 'int', physical: 'int' },
  }),
  initial: 'lock',
  states: {
    lock: lock('lookUp'),
    ...findSpace('isSmall'),
    ...findNumber('findOverlap'),
    findOverlap: {
      invoke: {
        ...FIND_MAPPING,
        onDone: [ifZero('create'), giveUp('unlockFailed', ERRNO.EEXIST)],
      },
    },
    create: {
      invoke: {
        src: 'create',
        input: args({ kind: 'mapping' }),
        onDone: keep('pin', 'mapping'),
        onError: keep('unlockFailed', 'errno'),
      },
    },
    pin: {
      invoke: {
        src: 'pin',
        input: args({ frame: reg('frame') }),
        onDone: 'findPhysical',
        onError: keep('destroy', 'errno'),
      },
    },
    findPhysical: {
      invoke: {
        src: 'framePage',
        input: args({ frame: reg('frame'), size: 0 }),
        onDone: keep('readDomain', 'physical'),
      },
    },
    readDomain: read('space.domain', 'handle', 'mapPage', 'domain'),
    mapPage: {
      invoke: {
        src: 'driver/mapPage',
        input: args({
          domain: reg('domain'),
          page: reg('number'),
          frame: reg('physical'),
          permission: reg('permission'),
          size: 0,
        }),
        onDone: 'storePage',
        onError: keep('unpin', 'errno'),
      },
    },
    storePage: write('mapping.page', 'mapping', 'number', 'storeFrame'),
    storeFrame: write('mapping.frame', 'mapping', 'physical', 'link'),
    link: write('mapping.space', 'mapping', 'handle', 'unlock'),
    unlock: unlock('mapped'),
    mapped: done,
    unpin: { invoke: { src: 'unpin', input: args({ frame: reg('physical') }), onDone: 'destroy' } },
    destroy: destroy('mapping', 'mapping', 'unlockFailed'),
    unlockFailed: unlock('failed'),
    failed,
  },
});

const unmap = procedure.createMachine({
  id: 'unmap',
  context: registers({
    ...{ space: 'int', page: 'int', size: 'int', errno: 'int' },
    ...{ handle: 'ref', domain: 'ref', mapping: 'ref', number: 'int' },
  }),
  initial: 'lock',
  states: {
    lock: lock('lookUp'),
    ...findSpace('isSmall'),
    ...findNumber('readDomain'),
    readDomain: read('space.domain', 'handle', 'find', 'domain'),
    find: {
      invoke: {
        ...FIND_MAPPING,
        onDone: [ifZero('unlock'), keep('remove', 'mapping')],
      },
    },
    remove: {
      invoke: {
        src: 'removeMapping',
        input: args({ mapping: reg('mapping'), domain: reg('domain') }),
        onDone: 'unlock',
        onError: keep('unlockFailed', 'errno'),
      },
    },
    unlock: unlock('unmapped'),
    unmapped: done,
    unlockFailed: unlock('failed'),
    failed,
  },
});

/** Take one page away from the device and give it back to its owner: in the wrong order, unless mended. */
const removeMapping = (mended: MendQuery) => {
  const unmapsFirst = mended('unpin-after-unmap');
  return procedure.createMachine({
    id: 'removeMapping',
    context: registers({ mapping: 'ref', domain: 'ref', page: 'int', frame: 'int', errno: 'int' }),
    initial: 'readPage',
    states: {
      readPage: read('mapping.page', 'mapping', 'readFrame', 'page'),
      readFrame: read('mapping.frame', 'mapping', unmapsFirst ? 'unmapPage' : 'unpin', 'frame'),
      unpin: {
        invoke: {
          src: 'unpin',
          input: args({ frame: reg('frame') }),
          onDone: unmapsFirst ? 'destroy' : 'unmapPage',
        },
      },
      unmapPage: {
        invoke: {
          src: 'driver/unmapPage',
          input: args({ domain: reg('domain'), page: reg('page'), size: 0 }),
          onDone: unmapsFirst ? 'unpin' : 'destroy',
          onError: keep('failed', 'errno'),
        },
      },
      destroy: destroy('mapping', 'mapping', 'removed'),
      removed: done,
      failed,
    },
  });
};

const attach = procedure.createMachine({
  id: 'attach',
  context: registers({
    ...{ device: 'int', slot: 'int', space: 'int', pasid: 'int', errno: 'int' },
    ...{ handle: 'ref', domain: 'ref', attachment: 'ref' },
  }),
  // What the caller programs its work queue with.
  output: result('pasid'),
  initial: 'isQueue',
  states: {
    isQueue: {
      always: [
        { guard: { type: 'isNot', params: { register: 'slot', value: 0 } }, target: 'exists' },
        giveUp('failed', ERRNO.EPERM),
      ],
    },
    exists: {
      invoke: {
        src: 'hasQueue',
        input: args({ device: reg('device'), slot: reg('slot') }),
        onDone: [refuse('failed', ERRNO.EINVAL), { target: 'lock' }],
      },
    },
    lock: lock('lookUp'),
    ...findSpace('isAttached'),
    isAttached: {
      invoke: {
        ...FIND_ATTACHMENT,
        onDone: [ifZero('create'), giveUp('unlockFailed', ERRNO.EBUSY)],
      },
    },
    create: {
      invoke: {
        src: 'create',
        input: args({ kind: 'attachment' }),
        onDone: keep('allocatePasid', 'attachment'),
        onError: keep('unlockFailed', 'errno'),
      },
    },
    allocatePasid: {
      invoke: {
        src: 'allocateId',
        input: args({ pool: 'pasid', low: 1, high: 15, owner: reg('attachment') }),
        onDone: keep('readDomain', 'pasid'),
        onError: keep('destroy', 'errno'),
      },
    },
    readDomain: read('space.domain', 'handle', 'setEntry', 'domain'),
    setEntry: {
      invoke: {
        src: 'driver/attachPasid',
        input: args({ device: reg('device'), pasid: reg('pasid'), domain: reg('domain') }),
        onDone: 'storeDevice',
        onError: keep('releasePasid', 'errno'),
      },
    },
    storeDevice: write('attachment.device', 'attachment', 'device', 'storeSlot'),
    storeSlot: write('attachment.slot', 'attachment', 'slot', 'storePasid'),
    storePasid: write('attachment.pasid', 'attachment', 'pasid', 'storeSpace'),
    storeSpace: write('attachment.space', 'attachment', 'handle', 'unlock'),
    unlock: unlock('attached'),
    attached: done,
    releasePasid: {
      invoke: { src: 'releaseId', input: args({ pool: 'pasid', id: reg('pasid') }), onDone: 'destroy' },
    },
    destroy: destroy('attachment', 'attachment', 'unlockFailed'),
    unlockFailed: unlock('failed'),
    failed,
  },
});

const detach = procedure.createMachine({
  id: 'detach',
  context: registers({
    device: 'int',
    slot: 'int',
    pasid: 'int',
    handle: 'ref',
    domain: 'ref',
    attachment: 'ref',
  }),
  initial: 'lock',
  states: {
    lock: lock('find'),
    find: {
      invoke: {
        ...FIND_ATTACHMENT,
        onDone: [ifZero('unlock'), keep('readPasid', 'attachment')],
      },
    },
    readPasid: read('attachment.pasid', 'attachment', 'readSpace', 'pasid'),
    readSpace: read('attachment.space', 'attachment', 'readDomain', 'handle'),
    readDomain: read('space.domain', 'handle', 'clearEntry', 'domain'),
    clearEntry: {
      invoke: {
        src: 'driver/detachPasid',
        input: args({ device: reg('device'), pasid: reg('pasid'), domain: reg('domain') }),
        onDone: 'releasePasid',
      },
    },
    releasePasid: {
      invoke: { src: 'releaseId', input: args({ pool: 'pasid', id: reg('pasid') }), onDone: 'destroy' },
    },
    destroy: destroy('attachment', 'attachment', 'unlock'),
    unlock: unlock('detached'),
    detached: done,
  },
});

const NO_POINTER = { unsayable: 'a caller holds descriptors of its own spaces alone' };
const NO_WHOLE = { cannot: 'work queues are lent one by one; the device stays with the kernel' };
const NO_NESTING = { cannot: 'no call hands a guest-managed table over' };
const NO_FAULTS = { cannot: 'pages are pinned: nobody answers page requests' };

export default defineDesign({
  name: 'work-queues',
  title: 'Work queues with a PASID each, under one mutex',
  source: 'an example',
  driver: 'vtd@7',
  objects: [
    { name: 'space', fields: { domain: 'ref' }, capacity: ({ spaces, callers }) => spaces + callers },
    {
      name: 'mapping',
      fields: { space: 'ref', page: 'int', frame: 'int' },
      capacity: ({ spaces, callers }) => 4 * spaces + callers,
    },
    {
      name: 'attachment',
      fields: { device: 'int', slot: 'int', pasid: 'int', space: 'ref' },
      capacity: ({ slots, callers }) => slots + callers,
    },
  ],
  pools: { pasid: { low: 1, high: 15 } },
  steps: {
    // A step of one's own: what it is given, what it may fail with, and a function on the world. This one is plain arithmetic.
    hasQueue: {
      kind: 'other',
      inputs: ['device', 'slot'],
      skipped: 1,
      instant: true,
      bind: (world) => (device, slot) => (slot <= world.shape.devices[device].slots ? 1 : 0),
    },
  },
  procedures: (mended) => [createSpace, freeSpace, map, unmap, removeMapping(mended), attach, detach],
  operations: {
    createSpace: {
      procedure: 'createSpace',
      api: 'wq_space_create',
      refuses: {
        spaceExists: { unsayable: 'every call gives a new space' },
        unsupportedKind: { errno: 'EINVAL' },
      },
    },
    freeSpace: {
      procedure: 'freeSpace',
      api: 'wq_space_free',
      refuses: { noSpace: { errno: 'EINVAL' }, foreignSpace: NO_POINTER, spaceInUse: { errno: 'EBUSY' } },
    },
    map: {
      procedure: 'map',
      api: 'wq_map',
      refuses: {
        noSpace: { errno: 'EINVAL' },
        foreignSpace: NO_POINTER,
        foreignFrame: { errno: 'EFAULT' },
        overlap: { errno: 'EEXIST' },
        misaligned: { errno: 'EINVAL' },
      },
      // Large pages.
      exhausts: ['EINVAL'],
    },
    unmap: {
      procedure: 'unmap',
      api: 'wq_unmap',
      refuses: { noSpace: { errno: 'EINVAL' }, foreignSpace: NO_POINTER },
      exhausts: ['EINVAL'],
    },
    attach: {
      procedure: 'attach',
      api: 'wq_attach',
      refuses: {
        noSpace: { errno: 'EINVAL' },
        foreignSpace: NO_POINTER,
        wrongKind: { unsayable: 'there is one kind' },
        notOwner: { errno: 'EPERM' },
        noFeature: { errno: 'EINVAL' },
        alreadyAttached: { errno: 'EBUSY' },
      },
      exhausts: ['ENOSPC'],
    },
    detach: {
      procedure: 'detach',
      api: 'wq_detach',
      refuses: { notOwner: { errno: 'void' }, noFeature: { errno: 'void' }, notAttached: { errno: 'void' } },
    },
    probe: { cannot: 'devices are there from the start' },
    release: { cannot: 'devices are there to the end' },
    reset: NO_WHOLE,
    claimOwner: NO_WHOLE,
    releaseOwner: NO_WHOLE,
    enableFeature: { cannot: 'PASIDs are always on' },
    disableFeature: { cannot: 'PASIDs are always on' },
    createSubdevice: { cannot: 'the queues are there from the start' },
    removeSubdevice: { cannot: 'the queues are there to the end' },
    protect: { cannot: 'no call changes a permission' },
    replace: { cannot: 'a queue moves by detach and attach' },
    bindNested: NO_NESTING,
    unbindNested: NO_NESTING,
    guestWrite: NO_NESTING,
    guestInvalidate: NO_NESTING,
    pageRequest: NO_FAULTS,
    respond: NO_FAULTS,
    registerFaultHandler: NO_FAULTS,
    unregisterFaultHandler: NO_FAULTS,
    allocFrame: BY_THE_WORLD,
    freeFrame: BY_THE_WORLD,
    dma: BY_THE_WORLD,
    prefetch: BY_THE_WORLD,
  },
  mends: [
    {
      name: 'unpin-after-unmap',
      flaw: 'The page goes back to its owner while the device still reaches it.',
      repair: 'Unmap and flush, then unpin.',
      source: 'an example',
      // The causes that `run` prints for this flaw and no other: with them, `check` and others can tell it from a new one.
      causes: [],
    },
  ],
  slots: 'always',
  pasidChosenBy: 'design',
  userDefault: 'asKernel',
  attachScope: 'device',
});
