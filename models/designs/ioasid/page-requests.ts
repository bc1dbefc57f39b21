import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { keep, result, run, to, when } from '../../../src/statechart/states.js';
import { leaveThread, lookAtOldest } from '../page-request-queue.js';
import { DELIVERED } from './objects.js';

/** What page requests are answered with that nobody handles. */
export const INVALID = 1;

/**
 * The page request thread of an IOMMU: look up by which route the request came, and deliver it to the handler of that IOASID on
 * the device. What has no route or no handler is answered "invalid".
 */
export const pageRequestThread = procedure.createMachine({
  id: 'pageRequestThread',
  context: registers({
    index: 'int',
    request: 'int',
    device: 'int',
    pasid: 'int',
    route: 'ref',
    ioasid: 'ref',
    handler: 'ref',
    group: 'ref',
  }),
  initial: 'waitRequest',
  states: {
    ...lookAtOldest('findRoute'),
    findRoute: run('routeOf', { device: reg('device'), pasid: reg('pasid') }, [
      when(result(0), 'refuse'),
      to('readIoasid', keep('route')),
    ]),
    readIoasid: run('get', { field: 'route.ioasid', of: reg('route') }, to('findHandler', keep('ioasid'))),
    findHandler: run('handlerOf', { device: reg('device'), ioasid: reg('ioasid') }, [
      when(result(0), 'refuse'),
      to('allocate', keep('handler')),
    ]),
    allocate: run('create', { kind: 'faultGroup' }, to('fill', keep('group')), 'refuse'),
    fill: run(
      'fillRequest',
      { of: reg('group'), request: reg('request'), route: reg('route'), handler: reg('handler') },
      'lockPending',
    ),
    lockPending: run('lock', { family: 'pendingFaults', id: reg('device') }, 'setPending'),
    setPending: run('set', { field: 'faultGroup.pending', of: reg('group'), value: 1 }, 'unlockPending'),
    unlockPending: run('unlock', { family: 'pendingFaults', id: reg('device') }, 'take'),
    take: run('takeRequest', { request: reg('request') }, 'whoseHandler'),
    whoseHandler: run('get', { field: 'handler.owner', of: reg('handler') }, 'announce'),
    announce: run('event', { machine: 'page-request', event: 'DELIVERED', id: reg('request') }, 'deliver'),
    deliver: run(
      'set',
      { field: 'faultGroup.delivered', of: reg('group'), value: DELIVERED },
      'unlockThread',
    ),
    refuse: run('respondRequest', { request: reg('request'), code: INVALID }, 'refused'),
    refused: run('event', { machine: 'page-request', event: 'ANSWERED', id: reg('request') }, 'takeRefused'),
    takeRefused: run('takeRequest', { request: reg('request') }, 'unlockThread'),
    ...leaveThread,
  },
});
