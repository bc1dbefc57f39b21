import { procedure, reg, registers, result as returns } from '../../../src/statechart/procedure.js';
import {
  choose,
  done,
  fails,
  is,
  keep,
  result,
  run,
  same,
  set,
  to,
  when,
} from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { underDeviceSet } from './device-set.js';

/**
 * iommufd_device_replace: the whole group moves, or the PASID. Requests that are open on the old attachment are answered, and
 * its handle freed. As it was, they were looked for on the new table's queue; and the page request thread, which uses handles
 * without a reference, may still be working with the old one.
 */
function replaceBy(mended: MendQuery) {
  return procedure.createMachine({
    id: 'replaceBy',
    context: registers({
      device: 'int',
      slot: 'int',
      space: 'int',
      principal: 'int',
      group: 'int',
      key: 'int',
      hwpt: 'ref',
      old: 'ref',
      domain: 'ref',
      oldDomain: 'ref',
      attachment: 'ref',
      member: 'ref',
      handle: 'ref',
      oldHandle: 'ref',
      errno: 'int',
    }),
    output: returns('slot'),
    initial: 'checkRoute',
    states: {
      checkRoute: run(
        'checkRoute',
        { device: reg('device'), slot: reg('slot'), principal: reg('principal') },
        to('getHwpt', keep('group')),
        to('failed', keep('errno')),
      ),
      getHwpt: run('getHwptFor', { space: reg('space'), device: reg('device'), slot: reg('slot') }, [
        when(result(0), 'failed', set('errno', ERRNO.ENOENT)),
        to('whichKey', keep('hwpt')),
      ]),
      whichKey: run('routeKey', { device: reg('device'), slot: reg('slot') }, to('lockIgroup', keep('key'))),
      lockIgroup: run('lock', { family: 'igroup', id: reg('group') }, 'find'),
      find: run('findAttachment', { key: reg('key') }, [
        when(result(0), 'unlockFailed', set('errno', ERRNO.EINVAL)),
        to('isThere', keep('attachment')),
      ]),
      isThere: run('findAttached', { attachment: reg('attachment'), device: reg('device') }, [
        when(result(0), 'unlockFailed', set('errno', ERRNO.EINVAL)),
        to('readOld'),
      ]),
      readOld: run('get', { field: 'attachment.hwpt', of: reg('attachment') }, to('isSame', keep('old'))),
      isSame: choose(when(same('old', 'hwpt'), 'unlockIgroup'), to('readOldHandle')),

      readOldHandle: run(
        'get',
        { field: 'attachment.handle', of: reg('attachment') },
        to('allocateHandle', keep('oldHandle')),
      ),
      allocateHandle: run(
        'create',
        { kind: 'attachHandle' },
        to('fillHandle', keep('handle')),
        to('unlockFailed', keep('errno')),
      ),
      fillHandle: run(
        'fillHandle',
        { of: reg('handle'), hwpt: reg('hwpt'), device: reg('device') },
        'readDomain',
      ),
      readDomain: run('get', { field: 'hwpt.domain', of: reg('hwpt') }, to('byRoute', keep('domain'))),
      byRoute: choose(when(is('slot', 0), 'replaceGroup'), to('readOldDomain')),
      replaceGroup: run(
        'replaceGroup',
        { device: reg('device'), group: reg('group'), domain: reg('domain'), handle: reg('handle') },
        'afterHardware',
        to('freeHandle', keep('errno')),
      ),
      readOldDomain: run(
        'get',
        { field: 'hwpt.domain', of: reg('old') },
        to('replacePasid', keep('oldDomain')),
      ),
      replacePasid: run(
        'replaceDevicePasid',
        {
          device: reg('device'),
          slot: reg('slot'),
          group: reg('group'),
          domain: reg('domain'),
          old: reg('oldDomain'),
          handle: reg('handle'),
        },
        'afterHardware',
        to('freeHandle', keep('errno')),
      ),
      afterHardware: choose(to(mended('handles-outlive-thread') ? 'flushThread' : 'answerOpen')),
      ...(mended('handles-outlive-thread')
        ? { flushThread: run('flushThread', { device: reg('device') }, 'answerOpen') }
        : {}),
      answerOpen: run(
        'answerOpen',
        { hwpt: reg(mended('old-queue-answered') ? 'old' : 'hwpt'), handle: reg('oldHandle') },
        'freeOldHandle',
      ),
      freeOldHandle: run('destroy', { kind: 'attachHandle', of: reg('oldHandle') }, 'store'),
      store: run(
        'fillAttachment',
        { of: reg('attachment'), hwpt: reg('hwpt'), handle: reg('handle') },
        'nextMember',
      ),

      // Every device of the group has moved: each is a user of the new table and no longer one of the old.
      nextMember: run(
        'next',
        { kind: 'attached', field: 'attached.attachment', after: reg('member'), value: reg('attachment') },
        [when(result(0), 'unlockIgroup'), to('useNew', keep('member'))],
      ),
      useNew: run('increment', { field: 'hwpt.users', of: reg('hwpt') }, 'attachNew'),
      attachNew: run('event', { machine: 'hwpt', event: 'ATTACH', id: reg('hwpt') }, 'detachOld'),
      detachOld: run('event', { machine: 'hwpt', event: 'DETACH', id: reg('old') }, 'putOld'),
      putOld: run('putHwpt', { hwpt: reg('old') }, 'nextMember'),

      unlockIgroup: run('unlock', { family: 'igroup', id: reg('group') }, 'putLookedUp'),
      putLookedUp: run('decrement', { field: 'hwpt.users', of: reg('hwpt') }, 'replaced'),
      replaced: done,

      freeHandle: run('destroy', { kind: 'attachHandle', of: reg('handle') }, 'unlockFailed'),
      unlockFailed: run('unlock', { family: 'igroup', id: reg('group') }, 'putUnused'),
      putUnused: run('decrement', { field: 'hwpt.users', of: reg('hwpt') }, 'failed'),
      failed: fails(reg('errno')),
    },
  });
}

export const replaceProcedures = (mended: MendQuery) => [
  replaceBy(mended),
  underDeviceSet('replace', 'replaceBy', ['device', 'slot', 'space', 'principal']),
];
