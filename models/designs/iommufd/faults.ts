import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  copy,
  done,
  fails,
  is,
  keep,
  result,
  run,
  set,
  to,
  when,
} from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { flushThread, leaveThread, lookAtOldest } from '../page-request-queue.js';
import { underDeviceSet } from './device-set.js';

const INVALID = 1;

/**
 * IOMMU_FAULT_QUEUE_ALLOC and IOMMU_HWPT_ALLOC with it: a table of the space's content, for the device, whose page requests
 * reach the queue. The device gets it with its next attachment to the space. Naming a device keeps it bound: queues are opened and
 * closed under the lock that its closing takes.
 */
const openQueue = procedure.createMachine({
  id: 'openQueue',
  context: registers({
    device: 'int',
    space: 'int',
    base: 'ref',
    kind: 'int',
    fault: 'ref',
    hwpt: 'ref',
    domain: 'ref',
    parent: 'ref',
    parentDomain: 'ref',
    ioas: 'ref',
    mark: 'int',
    errno: 'int',
  }),
  initial: 'canAsk',
  states: {
    canAsk: run('deviceFact', { what: 'pri', device: reg('device') }, [
      when(result(0), 'failed', set('errno', ERRNO.ENODEV)),
      to('isListed', copy('device', 'mark'), add('mark', 1)),
    ]),
    isListed: run('get', { field: 'member.gone', of: reg('mark') }, [
      when(result(0), 'getBase'),
      to('failed', set('errno', ERRNO.ENODEV)),
    ]),
    getBase: run('getHwpt', { space: reg('space') }, [
      when(result(0), 'failed', set('errno', ERRNO.ENOENT)),
      to('allocateFault', keep('base')),
    ]),
    allocateFault: run(
      'create',
      { kind: 'fault' },
      to('openFault', keep('fault')),
      to('putBaseFailed', keep('errno')),
    ),
    openFault: run(
      'openFault',
      { of: reg('fault'), device: reg('device') },
      'readIoas',
      to('freeFault', keep('errno')),
    ),
    readIoas: run('get', { field: 'hwpt.ioas', of: reg('base') }, to('readParent', keep('ioas'))),
    readParent: run('get', { field: 'hwpt.parent', of: reg('base') }, [
      when(result(0), 'allocateHwpt'),
      to('useParent', keep('parent'), set('kind', 1)),
    ]),
    useParent: run('increment', { field: 'hwpt.users', of: reg('parent') }, 'nest'),
    nest: run('event', { machine: 'hwpt', event: 'NEST', id: reg('parent') }, 'readParentDomain'),
    readParentDomain: run(
      'get',
      { field: 'hwpt.domain', of: reg('parent') },
      to('allocateHwpt', keep('parentDomain')),
    ),
    allocateHwpt: run(
      'create',
      { kind: 'hwpt' },
      to('allocateDomain', keep('hwpt')),
      to('dropParent', keep('errno')),
    ),
    allocateDomain: run(
      'driver/allocDomain',
      { kind: reg('kind'), parent: reg('parentDomain') },
      to('handleFaults', keep('domain')),
      to('freeHwpt', keep('errno')),
    ),
    handleFaults: run(
      'driver/handleFaults',
      { domain: reg('domain') },
      'fill',
      to('freeDomain', keep('errno')),
    ),
    fill: run(
      'fillHwpt',
      { of: reg('hwpt'), ioas: reg('ioas'), domain: reg('domain'), parent: reg('parent'), nestParent: 0 },
      'isNested',
    ),
    isNested: choose(when(is('ioas', 0), 'standBeside'), to('addDomain')),
    addDomain: run(
      'addDomain',
      { hwpt: reg('hwpt'), ioas: reg('ioas'), domain: reg('domain') },
      'standBeside',
      to('freeDomain', keep('errno')),
    ),
    standBeside: run('set', { field: 'hwpt.base', of: reg('hwpt'), value: reg('base') }, 'forDevice'),
    forDevice: run('set', { field: 'hwpt.device', of: reg('hwpt'), value: reg('mark') }, 'setFault'),
    setFault: run('set', { field: 'hwpt.fault', of: reg('hwpt'), value: reg('fault') }, 'announce'),
    announce: run('event', { machine: 'hwpt', event: 'ALLOCATE', id: reg('hwpt') }, 'putBase'),
    putBase: run('decrement', { field: 'hwpt.users', of: reg('base') }, 'registered'),
    registered: done,

    freeDomain: run('driver/freeDomain', { domain: reg('domain') }, 'freeHwpt'),
    freeHwpt: run('destroy', { kind: 'hwpt', of: reg('hwpt') }, 'dropParent'),
    dropParent: choose(when(is('parent', 0), 'freeFault'), to('unnest')),
    unnest: run('event', { machine: 'hwpt', event: 'UNNEST', id: reg('parent') }, 'putParent'),
    putParent: run('decrement', { field: 'hwpt.users', of: reg('parent') }, 'freeFault'),
    freeFault: run('destroy', { kind: 'fault', of: reg('fault') }, 'putBaseFailed'),
    putBaseFailed: run('decrement', { field: 'hwpt.users', of: reg('base') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/**
 * Closing the file of the device's queue. The table that stands for it goes when it is attached nowhere; until then requests wait on
 * a queue that nobody can read, and are answered when the table is detached.
 */
const closeQueue = procedure.createMachine({
  id: 'closeQueue',
  context: registers({ device: 'int', fault: 'ref', hwpt: 'ref' }),
  initial: 'close',
  states: {
    close: run('closeFault', { device: reg('device') }, [
      when(result(0), 'none'),
      to('findTable', keep('fault')),
    ]),
    findTable: run(
      'retireTableOf',
      { fault: reg('fault') },
      [when(result(0), 'retireFault'), to('destroyHwpt', keep('hwpt'))],
      'unregistered',
    ),
    destroyHwpt: run('destroyHwpt', { hwpt: reg('hwpt') }, 'unregistered'),
    retireFault: run('retireFault', { fault: reg('fault') }, [
      when(result(0), 'unregistered'),
      to('destroyFault'),
    ]),
    destroyFault: run('destroyFault', { fault: reg('fault') }, 'unregistered'),
    unregistered: done,
    none: fails(ERRNO.EINVAL),
  },
});

/** iommufd_fault_destroy: whatever is still on the queue is answered. */
const destroyFault = procedure.createMachine({
  id: 'destroyFault',
  context: registers({ fault: 'ref' }),
  initial: 'answerAll',
  states: {
    answerAll: run('answerAll', { fault: reg('fault') }, 'destroy'),
    destroy: run('destroy', { kind: 'fault', of: reg('fault') }, 'destroyed'),
    destroyed: done,
  },
});

const answerAll = procedure.createMachine({
  id: 'answerAll',
  context: registers({ fault: 'ref', group: 'ref' }),
  initial: 'lockQueue',
  states: {
    lockQueue: run('lock', { family: 'faultQueue', id: reg('fault') }, 'next'),
    next: run('groupOfQueue', { queue: reg('fault') }, [
      when(result(0), 'unlockQueue'),
      to('answer', keep('group')),
    ]),
    answer: run('driver/answerGroup', { group: reg('group'), code: INVALID }, 'free'),
    free: run('destroy', { kind: 'faultGroup', of: reg('group') }, 'next'),
    unlockQueue: run('unlock', { family: 'faultQueue', id: reg('fault') }, 'answered'),
    answered: done,
  },
});

/** iommufd_auto_response_faults: what came in by the handle and is not answered yet is answered "invalid". */
const answerOpen = procedure.createMachine({
  id: 'answerOpen',
  context: registers({ hwpt: 'ref', handle: 'ref', fault: 'ref', group: 'ref' }),
  initial: 'readFault',
  states: {
    readFault: run('get', { field: 'hwpt.fault', of: reg('hwpt') }, [
      when(result(0), 'answered'),
      to('lockQueue', keep('fault')),
    ]),
    lockQueue: run('lock', { family: 'faultQueue', id: reg('fault') }, 'next'),
    next: run('groupOfHandle', { queue: reg('fault'), handle: reg('handle') }, [
      when(result(0), 'noteSearched'),
      to('answer', keep('group')),
    ]),
    answer: run('driver/answerGroup', { group: reg('group'), code: INVALID }, 'free'),
    free: run('destroy', { kind: 'faultGroup', of: reg('group') }, 'next'),
    noteSearched: run('noteSearched', { handle: reg('handle'), queue: reg('fault') }, 'unlockQueue'),
    unlockQueue: run('unlock', { family: 'faultQueue', id: reg('fault') }, 'answered'),
    answered: done,
  },
});

/**
 * Reading the queue's file and writing the answer to it. The record that is read names the device of the attachment the
 * request came in by.
 */
const respond = procedure.createMachine({
  id: 'respond',
  context: registers({
    device: 'int',
    response: 'int',
    group: 'ref',
    fault: 'ref',
    handle: 'ref',
  }),
  initial: 'find',
  states: {
    find: run('waitingQueue', { device: reg('device') }, [
      when(result(0), 'nothing'),
      to('lockRead', keep('fault')),
    ]),
    nothing: done,
    lockRead: run('lock', { family: 'faultQueue', id: reg('fault') }, 'isStillWaiting'),
    isStillWaiting: run('waitingGroup', { queue: reg('fault'), device: reg('device') }, [
      when(result(0), 'unlockNothing'),
      to('take', keep('group')),
    ]),
    unlockNothing: run('unlock', { family: 'faultQueue', id: reg('fault') }, 'nothing'),
    take: run('takeGroup', { of: reg('group') }, [when(result(1), 'readLateHandle'), to('readHandle')]),
    readHandle: run(
      'get',
      { field: 'faultGroup.handle', of: reg('group') },
      to('readDevice', keep('handle')),
    ),
    readDevice: run('get', { field: 'attachHandle.device', of: reg('handle') }, 'unlockRead'),
    // States of their own for what came late (deliverGroup): the same is read.
    readLateHandle: run(
      'get',
      { field: 'faultGroup.handle', of: reg('group') },
      to('readLateDevice', keep('handle')),
    ),
    readLateDevice: run('get', { field: 'attachHandle.device', of: reg('handle') }, 'unlockRead'),
    unlockRead: run('unlock', { family: 'faultQueue', id: reg('fault') }, 'lockWrite'),
    lockWrite: run('lock', { family: 'faultQueue', id: reg('fault') }, 'isAnswered'),
    // Detach and replace answer what they find; the cookie is gone then.
    isAnswered: run('isLive', { kind: 'faultGroup', of: reg('group') }, [
      when(result(0), 'unlockWrite'),
      to('answer'),
    ]),
    answer: run('driver/answerGroup', { group: reg('group'), code: reg('response') }, 'free'),
    free: run('destroy', { kind: 'faultGroup', of: reg('group') }, 'unlockWrite'),
    unlockWrite: run('unlock', { family: 'faultQueue', id: reg('fault') }, 'responded'),
    responded: done,
  },
});

/**
 * The page request thread of an IOMMU: look up by which attachment the request came, and hand it to the queue of its table. What
 * nobody handles is answered "invalid". The request leaves the hardware queue when it has been dealt with.
 */
const pageRequestThread = procedure.createMachine({
  id: 'pageRequestThread',
  context: registers({
    index: 'int',
    request: 'int',
    device: 'int',
    pasid: 'int',
    key: 'int',
    handle: 'ref',
    hwpt: 'ref',
    fault: 'ref',
    group: 'ref',
  }),
  initial: 'waitRequest',
  states: {
    ...lookAtOldest('whichKey'),
    whichKey: run('routeKey', { device: reg('device'), slot: reg('pasid') }, to('findEntry', keep('key'))),
    findEntry: run('findHandle', { key: reg('key') }, [
      when(result(0), 'refuse'),
      to('readHwpt', keep('handle')),
    ]),
    readHwpt: run('get', { field: 'attachHandle.hwpt', of: reg('handle') }, to('readFault', keep('hwpt'))),
    readFault: run('get', { field: 'hwpt.fault', of: reg('hwpt') }, [
      when(result(0), 'refuse'),
      to('allocateGroup', keep('fault')),
    ]),
    allocateGroup: run('create', { kind: 'faultGroup' }, to('fillGroup', keep('group')), 'refuse'),
    fillGroup: run(
      'fillGroup',
      { of: reg('group'), request: reg('request'), handle: reg('handle'), queue: reg('fault') },
      'announce',
    ),
    announce: run(
      'event',
      { machine: 'page-request', event: 'DELIVERED', id: reg('request') },
      'lockPending',
    ),
    lockPending: run('lock', { family: 'pendingFaults', id: reg('device') }, 'setPending'),
    setPending: run('set', { field: 'faultGroup.pending', of: reg('group'), value: 1 }, 'unlockPending'),
    unlockPending: run('unlock', { family: 'pendingFaults', id: reg('device') }, 'deliver'),
    deliver: run('deliverGroup', { of: reg('group') }, 'take'),
    take: run('takeRequest', { request: reg('request') }, 'unlockThread'),
    refuse: run('respondRequest', { request: reg('request'), code: INVALID }, 'refused'),
    refused: run('event', { machine: 'page-request', event: 'ANSWERED', id: reg('request') }, 'take'),
    ...leaveThread,
  },
});

export const faultProcedures = [
  openQueue,
  closeQueue,
  underDeviceSet('registerFaultHandler', 'openQueue', ['device', 'space']),
  underDeviceSet('unregisterFaultHandler', 'closeQueue', ['device']),
  destroyFault,
  answerAll,
  answerOpen,
  flushThread,
  respond,
  pageRequestThread,
];
