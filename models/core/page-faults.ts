import { procedure, reg, registers } from '../../src/statechart/procedure.js';
import {
  add,
  choose,
  copy,
  done,
  fails,
  is,
  isNot,
  keep,
  result,
  run,
  to,
  when,
} from '../../src/statechart/states.js';
import type { ObjectKind } from '../../src/vocabulary/design.js';
import { ERRNO } from '../../src/vocabulary/errno.js';
import { firstObject, read, step } from '../../src/vocabulary/make-step.js';
import type { StepSet } from '../../src/vocabulary/step.js';

/** drivers/iommu/io-pgfault.c as drivers of Linux 7.x use it: who is in the page-fault queue, and what of it is unanswered. */

/** What page requests are answered with. */
const INVALID = 1;

/** struct iopf_group: a page request that software has taken and not answered; on the list of its device while `pending`. */
export const faultGroup: ObjectKind = {
  name: 'faultGroup',
  fields: {
    device: 'int',
    request: 'int',
    pending: 'int',
    handle: 'ref', // the attachment it came in by
    queue: 'ref', // the queue of the handler's owner
    delivered: 'int', // 0 is on its way; otherwise the handler's: waits in its queue, has been read
  },
  capacity: ({ requests }) => requests,
};

export const faultSteps: StepSet = {
  nextPending: read('next unanswered page request of the device', ['device'], (world, device) =>
    firstObject(world, 'faultGroup', (get) => get('pending') !== 0 && get('device') === device),
  ),
  /** kfree of a group that somebody else may have on his list. */
  freeDelivered: step('release', 'free the page request', ['group'], (world, group) => {
    if (world.field('faultGroup.delivered').get(group) !== 0)
      world.misuse("page request freed on its handler's list");
    world.objects('faultGroup').destroy(group);
    return 0;
  }),
  /** WARN_ON of a count that is left: some attachment of the device has never given page faults up. */
  faultsLeft: read('warn of a page-fault count that is left', ['device'], (world) => {
    world.misuse('the page-fault count of a device that goes is not zero');
    return 0;
  }),
};

/** Counts the device's domains with a handler, in the object of that kind that each device has. */
export interface FaultCount {
  readonly field: `${string}.${string}`;
}

/** The first domain with a handler puts the device into the page-fault queue (iopf_queue_add_device). */
export const enableFaults = ({ field }: FaultCount) =>
  procedure.createMachine({
    id: 'enableFaults',
    context: registers({ device: 'int', of: 'int' }),
    initial: 'hasRequests',
    states: {
      hasRequests: run('deviceFact', { what: 'pri', device: reg('device') }, [
        when(result(0), 'unable'),
        to('take', copy('device', 'of'), add('of', 1)),
      ]),
      take: run('increment', { field, of: reg('of') }, 'enabled'),
      enabled: done,
      unable: fails(ERRNO.ENODEV),
    },
  });

/**
 * With the last such domain the device leaves the queue (iopf_queue_remove_device), and what it still waits for is answered. The code
 * frees the groups too, though whoever they were delivered to has them on its lists: unless `keepsGroups`.
 */
export const disableFaults = ({ field, keepsGroups }: FaultCount & { readonly keepsGroups: boolean }) =>
  procedure.createMachine({
    id: 'disableFaults',
    context: registers({ device: 'int', of: 'int', group: 'ref', request: 'int' }),
    initial: 'whichInfo',
    states: {
      whichInfo: choose(to('put', copy('device', 'of'), add('of', 1))),
      put: run('decrement', { field, of: reg('of') }, [when(result(0), 'lockPending'), to('disabled')]),
      lockPending: run('lock', { family: 'pendingFaults', id: reg('device') }, 'nextGroup'),
      nextGroup: run('nextPending', { device: reg('device') }, [
        when(result(0), 'unlockPending'),
        to('whichRequest', keep('group')),
      ]),
      whichRequest: run(
        'get',
        { field: 'faultGroup.request', of: reg('group') },
        to('respond', keep('request')),
      ),
      respond: run('respondRequest', { request: reg('request'), code: INVALID }, 'announce'),
      announce: run('event', { machine: 'page-request', event: 'ANSWERED', id: reg('request') }, 'delist'),
      delist: run(
        'clear',
        { field: 'faultGroup.pending', of: reg('group') },
        keepsGroups ? 'nextGroup' : 'free',
      ),
      ...(keepsGroups ? {} : { free: run('freeDelivered', { group: reg('group') }, 'nextGroup') }),
      unlockPending: run('unlock', { family: 'pendingFaults', id: reg('device') }, 'disabled'),
      disabled: done,
    },
  });

/** iopf_group_response: a group is answered once; answers after that are swallowed. */
export const answerGroup = procedure.createMachine({
  id: 'answerGroup',
  context: registers({ group: 'ref', code: 'int', device: 'int', request: 'int' }),
  initial: 'whichDevice',
  states: {
    whichDevice: run(
      'get',
      { field: 'faultGroup.device', of: reg('group') },
      to('lockPending', keep('device')),
    ),
    lockPending: run('lock', { family: 'pendingFaults', id: reg('device') }, 'isPending'),
    isPending: run('get', { field: 'faultGroup.pending', of: reg('group') }, [
      when(result(0), 'unlock'),
      to('whichRequest'),
    ]),
    whichRequest: run(
      'get',
      { field: 'faultGroup.request', of: reg('group') },
      to('respond', keep('request')),
    ),
    respond: run('respondRequest', { request: reg('request'), code: reg('code') }, 'announce'),
    announce: run('event', { machine: 'page-request', event: 'ANSWERED', id: reg('request') }, 'delist'),
    delist: run('clear', { field: 'faultGroup.pending', of: reg('group') }, 'unlock'),
    unlock: run('unlock', { family: 'pendingFaults', id: reg('device') }, 'answered'),
    answered: done,
  },
});

/** iommu_fault_handler of a domain: its attachments switch the page faults of their devices on. */
export const handleFaults = procedure.createMachine({
  id: 'handleFaults',
  context: registers({ domain: 'ref' }),
  initial: 'set',
  states: {
    set: run('set', { field: 'domain.faults', of: reg('domain'), value: 1 }, 'handled'),
    handled: done,
  },
});

/**
 * iopf handling of a domain that is about to be attached: the device is put into the page-fault queue with the first such
 * domain. Nothing happens for a domain without handler.
 */
export const takeFaults = procedure.createMachine({
  id: 'takeFaults',
  context: registers({ domain: 'ref', device: 'int' }),
  initial: 'hasHandler',
  states: {
    hasHandler: run('get', { field: 'domain.faults', of: reg('domain') }, [
      when(result(0), 'taken'),
      to('enable'),
    ]),
    enable: run('enableFaults', { device: reg('device') }, 'taken', 'failed'),
    taken: done,
    failed: fails(ERRNO.ENODEV),
  },
});

/** The reverse, for a domain that has been attached. */
export const putFaults = procedure.createMachine({
  id: 'putFaults',
  context: registers({ domain: 'ref', device: 'int' }),
  initial: 'isDomain',
  states: {
    isDomain: choose(when(is('domain', 0), 'put'), to('hasHandler')),
    hasHandler: run('get', { field: 'domain.faults', of: reg('domain') }, [
      when(result(0), 'put'),
      to('disable'),
    ]),
    disable: run('disableFaults', { device: reg('device') }, 'put'),
    put: done,
  },
});

/**
 * A reset or an unplug, after which the device waits for no answer: what it asked for before must not be answered any more. A
 * late answer to a real device harms nobody; to the modelled one it would be an answer to its next request, so that nobody
 * who could give one is at it while the device forgets.
 */
export const dropDevice = procedure.createMachine({
  id: 'dropDevice',
  context: registers({ device: 'int', unplugs: 'int', iommu: 'int', group: 'ref', request: 'int' }),
  initial: 'whichIommu',
  states: {
    whichIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('lockThread', keep('iommu'))),
    lockThread: run('lock', { family: 'pageRequests', id: reg('iommu') }, 'lockPending'),
    lockPending: run('lock', { family: 'pendingFaults', id: reg('device') }, 'isUnplug'),
    isUnplug: choose(when(isNot('unplugs', 0), 'unplug'), to('reset')),
    unplug: run('plugDevice', { device: reg('device'), present: 0 }, 'nextGroup'),
    reset: run('resetDevice', { device: reg('device') }, 'nextGroup'),
    nextGroup: run('nextPending', { device: reg('device') }, [
      when(result(0), 'unlockPending'),
      to('whichRequest', keep('group')),
    ]),
    whichRequest: run(
      'get',
      { field: 'faultGroup.request', of: reg('group') },
      to('announce', keep('request')),
    ),
    announce: run('event', { machine: 'page-request', event: 'DROPPED', id: reg('request') }, 'forget'),
    forget: run('clear', { field: 'faultGroup.pending', of: reg('group') }, 'nextGroup'),
    unlockPending: run('unlock', { family: 'pendingFaults', id: reg('device') }, 'unlockThread'),
    unlockThread: run('unlock', { family: 'pageRequests', id: reg('iommu') }, 'dropped'),
    dropped: done,
  },
});
