import { procedure, reg, registers, result as returns } from '../../../src/statechart/procedure.js';
import { add, choose, done, fails, is, keep, result, run, to, when } from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { INVALID } from './page-requests.js';

/** A route that is on no list yet. */
const newRoute = procedure.createMachine({
  id: 'newRoute',
  context: registers({ device: 'int', pasid: 'int', route: 'ref' }),
  output: returns('route'),
  initial: 'create',
  states: {
    create: run('create', { kind: 'route' }, to('fill', keep('route')), 'noMemory'),
    fill: run('fillRoute', { of: reg('route'), device: reg('device'), pasid: reg('pasid') }, 'made'),
    made: done,
    noMemory: fails(ERRNO.ENOMEM),
  },
});

/** Point the hardware at the table for a route: by its RID, or by its RID and PASID. */
const setEntry = procedure.createMachine({
  id: 'setEntry',
  context: registers({ device: 'int', pasid: 'int', ioasid: 'ref', domain: 'ref', errno: 'int' }),
  initial: 'readDomain',
  states: {
    readDomain: run('get', { field: 'ioasid.domain', of: reg('ioasid') }, to('byTag', keep('domain'))),
    byTag: choose(when(is('pasid', 0), 'attachRid'), to('attachPasid')),
    attachRid: run(
      'driver/attachRid',
      { device: reg('device'), domain: reg('domain') },
      'isSet',
      to('failed', keep('errno')),
    ),
    attachPasid: run(
      'driver/attachPasid',
      { device: reg('device'), pasid: reg('pasid'), domain: reg('domain') },
      'isSet',
      to('failed', keep('errno')),
    ),
    isSet: done,
    failed: fails(reg('errno')),
  },
});

/**
 * End a route: its entry is cleared and flushed, it leaves the list, and what the device still asks for by it is answered.
 *
 * Without `list-follows-entry` the list says that nobody uses the table while an entry still points at it. Without
 * `detach-drains-requests` the call returns with page requests open.
 */
const removeRoute = (mended: MendQuery) => {
  const entryFirst = mended('list-follows-entry');
  const drains = mended('detach-drains-requests');
  return procedure.createMachine({
    id: 'removeRoute',
    context: registers({
      route: 'ref',
      device: 'int',
      pasid: 'int',
      ioasid: 'ref',
      domain: 'ref',
      iommu: 'int',
      request: 'ref',
    }),
    initial: 'readDevice',
    states: {
      readDevice: run(
        'get',
        { field: 'route.device', of: reg('route') },
        to('readPasid', keep('device'), add('device', -1)),
      ),
      readPasid: run('get', { field: 'route.pasid', of: reg('route') }, to('readIoasid', keep('pasid'))),
      readIoasid: run('get', { field: 'route.ioasid', of: reg('route') }, to('readDomain', keep('ioasid'))),
      readDomain: run(
        'get',
        { field: 'ioasid.domain', of: reg('ioasid') },
        to(entryFirst ? 'byTag' : 'delist', keep('domain')),
      ),
      byTag: choose(when(is('pasid', 0), 'detachRid'), to('detachPasid')),
      detachRid: run(
        'driver/detachRid',
        { device: reg('device'), domain: reg('domain') },
        entryFirst ? 'delist' : 'isOff',
      ),
      detachPasid: run(
        'driver/detachPasid',
        { device: reg('device'), pasid: reg('pasid'), domain: reg('domain') },
        entryFirst ? 'delist' : 'isOff',
      ),
      delist: run('clear', { field: 'route.ioasid', of: reg('route') }, entryFirst ? 'isOff' : 'byTag'),
      isOff: choose(to(drains ? 'waitTaken' : 'destroy')),
      ...(drains
        ? {
            waitTaken: run(
              'waitRequestsDrained',
              { device: reg('device'), pasid: reg('pasid') },
              'flushThread',
            ),
            // The thread may have the route in hand, or a request of it that it has not delivered yet.
            flushThread: run('flushThread', { device: reg('device') }, 'lockRequests'),
            lockRequests: run('lock', { family: 'requests', id: reg('device') }, 'nextRequest'),
            nextRequest: run('requestOfRoute', { device: reg('device'), pasid: reg('pasid') }, [
              when(result(0), 'unlockRequests'),
              to('answer', keep('request')),
            ]),
            answer: run('driver/answerGroup', { group: reg('request'), code: INVALID }, 'freeRequest'),
            freeRequest: run('destroy', { kind: 'faultGroup', of: reg('request') }, 'nextRequest'),
            unlockRequests: run('unlock', { family: 'requests', id: reg('device') }, 'destroy'),
          }
        : {}),
      destroy: run('destroy', { kind: 'route', of: reg('route') }, 'removed'),
      removed: done,
    },
  });
};

export const routeProcedures = (mended: MendQuery) => [newRoute, setEntry, removeRoute(mended)];
