import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  copy,
  done,
  fails,
  isNot,
  keep,
  result,
  run,
  to,
  when,
} from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/** What page requests are answered with. */
const INVALID = 1;

/** intel_iommu_enable_iopf: the first domain with a handler puts the device into the page-fault queue. */
const enableFaults = procedure.createMachine({
  id: 'enableFaults',
  context: registers({ device: 'int', info: 'int' }),
  initial: 'hasRequests',
  states: {
    hasRequests: run('deviceFact', { what: 'pri', device: reg('device') }, [
      when(result(0), 'unable'),
      to('take', copy('device', 'info'), add('info', 1)),
    ]),
    take: run('increment', { field: 'info.faults', of: reg('info') }, 'enabled'),
    enabled: done,
    unable: fails(ERRNO.ENODEV),
  },
});

/**
 * intel_iommu_disable_iopf: with the last such domain the device leaves the queue (iopf_queue_remove_device) and what it still
 * waits for is answered. As it is, the groups are freed too, though whoever they were delivered to has them on its lists.
 */
function disableFaults(mended: MendQuery) {
  const keeps = mended('faults-off-keeps-groups');
  return procedure.createMachine({
    id: 'disableFaults',
    context: registers({ device: 'int', info: 'int', group: 'ref', request: 'int' }),
    initial: 'whichInfo',
    states: {
      whichInfo: choose(to('put', copy('device', 'info'), add('info', 1))),
      put: run('decrement', { field: 'info.faults', of: reg('info') }, [
        when(result(0), 'lockPending'),
        to('disabled'),
      ]),
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
      delist: run('clear', { field: 'faultGroup.pending', of: reg('group') }, keeps ? 'nextGroup' : 'free'),
      ...(keeps ? {} : { free: run('freeDelivered', { group: reg('group') }, 'nextGroup') }),
      unlockPending: run('unlock', { family: 'pendingFaults', id: reg('device') }, 'disabled'),
      disabled: done,
    },
  });
}

/** iopf_group_response: a group is answered once; answers after that are swallowed. */
const answerGroup = procedure.createMachine({
  id: 'answerGroup',
  context: registers({ group: 'ref', code: 'int', device: 'int', info: 'int', request: 'int' }),
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
const handleFaults = procedure.createMachine({
  id: 'handleFaults',
  context: registers({ domain: 'ref' }),
  initial: 'set',
  states: {
    set: run('set', { field: 'domain.faults', of: reg('domain'), value: 1 }, 'handled'),
    handled: done,
  },
});

/**
 * A reset or an unplug, after which the device waits for no answer: what it asked for before must not be answered any more. A
 * late answer to a real device harms nobody; to the modelled one it would be an answer to its next request, so that nobody
 * who could give one is at it while the device forgets.
 */
const dropDevice = procedure.createMachine({
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

export const faultProcedures = (mended: MendQuery) => [
  enableFaults,
  disableFaults(mended),
  answerGroup,
  handleFaults,
  dropDevice,
];
