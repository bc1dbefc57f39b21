import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { choose, done, is, keep, result, run, to, when } from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { underDeviceSet } from './device-set.js';

/**
 * iommufd_hw_pagetable_detach: the last device of the group takes the hardware off; then requests still open are answered and
 * the handle is freed. Nothing happens to a route without attachment.
 */
function detachRoute(mended: MendQuery) {
  const after = mended('handles-outlive-thread') ? 'flushThread' : 'answerOpen';
  return procedure.createMachine({
    id: 'detachRoute',
    context: registers({
      device: 'int',
      slot: 'int',
      group: 'int',
      key: 'int',
      attachment: 'ref',
      node: 'ref',
      hwpt: 'ref',
      domain: 'ref',
      handle: 'ref',
    }),
    initial: 'whichGroup',
    states: {
      whichGroup: run('groupHandle', { device: reg('device') }, to('whichKey', keep('group'))),
      whichKey: run('routeKey', { device: reg('device'), slot: reg('slot') }, to('lockIgroup', keep('key'))),
      lockIgroup: run('lock', { family: 'igroup', id: reg('group') }, 'find'),
      find: run('findAttachment', { key: reg('key') }, [
        when(result(0), 'unlockIgroup'),
        to('findNode', keep('attachment')),
      ]),
      findNode: run('findAttached', { attachment: reg('attachment'), device: reg('device') }, [
        when(result(0), 'unlockIgroup'),
        to('readHwpt', keep('node')),
      ]),
      readHwpt: run('get', { field: 'attachment.hwpt', of: reg('attachment') }, to('erase', keep('hwpt'))),
      erase: run('destroy', { kind: 'attached', of: reg('node') }, 'isLast'),
      isLast: run('anyAttached', { attachment: reg('attachment') }, [
        when(result(0), 'readHandle'),
        to('announce'),
      ]),
      readHandle: run(
        'get',
        { field: 'attachment.handle', of: reg('attachment') },
        to('byRoute', keep('handle')),
      ),
      byRoute: choose(when(is('slot', 0), 'detachGroup'), to('readDomain')),
      detachGroup: run('detachGroup', { device: reg('device'), group: reg('group') }, after),
      readDomain: run('get', { field: 'hwpt.domain', of: reg('hwpt') }, to('detachPasid', keep('domain'))),
      detachPasid: run(
        'detachDevicePasid',
        { device: reg('device'), slot: reg('slot'), group: reg('group'), domain: reg('domain') },
        after,
      ),
      ...(mended('handles-outlive-thread')
        ? { flushThread: run('flushThread', { device: reg('device') }, 'answerOpen') }
        : {}),
      answerOpen: run('answerOpen', { hwpt: reg('hwpt'), handle: reg('handle') }, 'freeHandle'),
      freeHandle: run('destroy', { kind: 'attachHandle', of: reg('handle') }, 'freeAttachment'),
      freeAttachment: run('destroy', { kind: 'attachment', of: reg('attachment') }, 'announce'),
      announce: run('event', { machine: 'hwpt', event: 'DETACH', id: reg('hwpt') }, 'unlockUsed'),
      unlockUsed: run('unlock', { family: 'igroup', id: reg('group') }, 'putHwpt'),
      putHwpt: run('putHwpt', { hwpt: reg('hwpt') }, 'detached'),
      unlockIgroup: run('unlock', { family: 'igroup', id: reg('group') }, 'detached'),
      detached: done,
    },
  });
}

/** What a caller asks for. */
const detachFrom = procedure.createMachine({
  id: 'detachFrom',
  context: registers({ device: 'int', slot: 'int', principal: 'int' }),
  initial: 'checkRoute',
  states: {
    checkRoute: run(
      'checkRoute',
      { device: reg('device'), slot: reg('slot'), principal: reg('principal') },
      'detachRoute',
      'detached',
    ),
    detachRoute: run('detachRoute', { device: reg('device'), slot: reg('slot') }, 'detached'),
    detached: done,
  },
});

export const detachProcedures = (mended: MendQuery) => [
  detachRoute(mended),
  detachFrom,
  underDeviceSet('detach', 'detachFrom', ['device', 'slot', 'principal']),
];
