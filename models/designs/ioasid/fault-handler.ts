import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { done, fails, keep, result, run, set, to, when } from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { INVALID } from './page-requests.js';

/** Let the page requests that come in by routes of the IOASID on the device reach the caller. */
export const registerFaultHandler = procedure.createMachine({
  id: 'registerFaultHandler',
  context: registers({
    device: 'int',
    space: 'int',
    group: 'int',
    ioasid: 'ref',
    handler: 'ref',
    errno: 'int',
  }),
  initial: 'findGroup',
  states: {
    findGroup: run('groupHandle', { device: reg('device') }, to('lockDevice', keep('group'))),
    lockDevice: run('lock', { family: 'device', id: reg('group') }, 'isPresent'),
    isPresent: run('isPresent', { device: reg('device') }, [
      when(result(0), 'unlockFailed', set('errno', ERRNO.ENODEV)),
      to('isFree'),
    ]),
    isFree: run('handlerOfDevice', { device: reg('device') }, [
      when(result(0), 'create'),
      to('unlockFailed', set('errno', ERRNO.EBUSY)),
    ]),
    create: run('create', { kind: 'handler' }, to('use', keep('handler')), to('unlockFailed', keep('errno'))),
    use: run(
      'useIoasid',
      { space: reg('space') },
      to('enable', keep('ioasid')),
      to('destroy', keep('errno')),
    ),
    enable: run('driver/enableFaults', { device: reg('device') }, 'fill', to('leaveFailed', keep('errno'))),
    fill: run('fillHandler', { of: reg('handler'), device: reg('device'), ioasid: reg('ioasid') }, 'leave'),
    leave: run('leaveIoasid', { ioasid: reg('ioasid') }, 'unlockDevice'),
    unlockDevice: run('unlock', { family: 'device', id: reg('group') }, 'registered'),
    registered: done,
    leaveFailed: run('leaveIoasid', { ioasid: reg('ioasid') }, 'destroy'),
    destroy: run('destroy', { kind: 'handler', of: reg('handler') }, 'unlockFailed'),
    unlockFailed: run('unlock', { family: 'device', id: reg('group') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/** Take the handler away. */
export const unregisterFaultHandler = procedure.createMachine({
  id: 'unregisterFaultHandler',
  context: registers({ device: 'int', group: 'int', handler: 'ref' }),
  initial: 'findGroup',
  states: {
    findGroup: run('groupHandle', { device: reg('device') }, to('lockDevice', keep('group'))),
    lockDevice: run('lock', { family: 'device', id: reg('group') }, 'find'),
    find: run('handlerOfDevice', { device: reg('device') }, [
      when(result(0), 'unlockDevice'),
      to('remove', keep('handler')),
    ]),
    remove: run('removeHandler', { handler: reg('handler'), device: reg('device') }, 'unlockDevice'),
    unlockDevice: run('unlock', { family: 'device', id: reg('group') }, 'unregistered'),
    unregistered: done,
  },
});

/**
 * The handler can be found no more; what was delivered to it is answered, and it is freed. Without the mend the page request
 * thread may be about to deliver to it.
 */
export const removeHandler = (mended: MendQuery) => {
  const waits = mended('unregister-waits-for-thread');
  return procedure.createMachine({
    id: 'removeHandler',
    context: registers({ handler: 'ref', device: 'int', request: 'ref' }),
    initial: 'delist',
    states: {
      delist: run(
        'clear',
        { field: 'handler.device', of: reg('handler') },
        waits ? 'flushThread' : 'lockRequests',
      ),
      ...(waits ? { flushThread: run('flushThread', { device: reg('device') }, 'lockRequests') } : {}),
      lockRequests: run('lock', { family: 'requests', id: reg('device') }, 'nextRequest'),
      nextRequest: run('requestOfHandler', { handler: reg('handler') }, [
        when(result(0), 'unlockRequests'),
        to('answer', keep('request')),
      ]),
      answer: run('driver/answerGroup', { group: reg('request'), code: INVALID }, 'freeRequest'),
      freeRequest: run('destroy', { kind: 'faultGroup', of: reg('request') }, 'nextRequest'),
      unlockRequests: run('unlock', { family: 'requests', id: reg('device') }, 'disable'),
      disable: run('driver/disableFaults', { device: reg('device') }, 'destroy'),
      destroy: run('destroy', { kind: 'handler', of: reg('handler') }, 'removed'),
      removed: done,
    },
  });
};

/** The handler answers the first request that waits for it; what detach has answered meanwhile is on no list any more. */
export const respond = procedure.createMachine({
  id: 'respond',
  context: registers({ device: 'int', response: 'int', request: 'ref' }),
  initial: 'lockRequests',
  states: {
    lockRequests: run('lock', { family: 'requests', id: reg('device') }, 'find'),
    find: run('waitingRequest', { device: reg('device') }, [
      when(result(0), 'unlockRequests'),
      to('answer', keep('request')),
    ]),
    answer: run('driver/answerGroup', { group: reg('request'), code: reg('response') }, 'free'),
    free: run('destroy', { kind: 'faultGroup', of: reg('request') }, 'unlockRequests'),
    unlockRequests: run('unlock', { family: 'requests', id: reg('device') }, 'responded'),
    responded: done,
  },
});
