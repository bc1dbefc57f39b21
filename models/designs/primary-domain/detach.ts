import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
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
  same,
  to,
  when,
} from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/**
 * iommu_detach_group() as vfio calls it: the group goes back to its default domain with the last of its devices that is
 * detached. Nobody hears of an error on the way.
 */
export const detachGroup = procedure.createMachine({
  id: 'detachGroup',
  context: registers({
    device: 'int',
    slot: 'int',
    principal: 'int',
    index: 'int',
    group: 'int',
    member: 'int',
    owner: 'int',
  }),
  initial: 'isWhole',
  states: {
    isWhole: choose(when(is('slot', 0), 'findGroup'), to('detached')),
    findGroup: run('deviceFact', { what: 'group', device: reg('device') }, to('handles', keep('index'))),
    handles: choose(
      to('lockGroup', copy('index', 'group'), add('group', 1), copy('device', 'member'), add('member', 1)),
    ),
    lockGroup: run('lock', { family: 'group', id: reg('group') }, 'isAttached'),
    isAttached: run('get', { field: 'member.attached', of: reg('member') }, [
      when(result(0), 'unlockGroup'),
      to('readOwner'),
    ]),
    readOwner: run('get', { field: 'group.owner', of: reg('group') }, to('isOwner', keep('owner'))),
    isOwner: choose(when(same('owner', 'principal'), 'leave'), to('unlockFailed')),
    leave: run(
      'leaveGroup',
      { device: reg('device'), group: reg('group'), index: reg('index') },
      'unlockGroup',
    ),
    unlockGroup: run('unlock', { family: 'group', id: reg('group') }, 'detached'),
    detached: done,
    unlockFailed: run('unlock', { family: 'group', id: reg('group') }, 'failed'),
    failed: fails(ERRNO.EPERM),
  },
});

/** A member leaves; with the last one the group leaves its domain. Called with the group's mutex held. */
export const leaveGroup = procedure.createMachine({
  id: 'leaveGroup',
  context: registers({ device: 'int', member: 'int', group: 'int', index: 'int', owner: 'int' }),
  initial: 'handle',
  states: {
    handle: choose(to('clearMember', copy('device', 'member'), add('member', 1))),
    clearMember: run('clear', { field: 'member.attached', of: reg('member') }, 'tellGroup'),
    tellGroup: run('event', { machine: 'group', event: 'DETACH', id: reg('group') }, 'anyLeft'),
    anyLeft: run('anyAttached', { group: reg('index') }, [when(result(0), 'detachAll'), to('left')]),
    detachAll: run('detachAll', { group: reg('group'), index: reg('index') }, 'readOwner'),
    readOwner: run('get', { field: 'group.owner', of: reg('group') }, [
      when(result(0), 'tellKernel'),
      to('left'),
    ]),
    tellKernel: run('event', { machine: 'group', event: 'RELEASE', id: reg('group') }, 'left'),
    left: done,
  },
});

/**
 * __iommu_detach_group(): every device back to the default domain. At the first error it stops, and `group->domain` still names
 * the domain that its caller is about to free.
 */
export const detachAll = (mended: MendQuery) => {
  const retries = mended('detach-cannot-fail');
  return procedure.createMachine({
    id: 'detachAll',
    context: registers({
      group: 'int',
      index: 'int',
      current: 'ref',
      moved: 'int',
      moving: 'int',
    }),
    initial: 'readDomain',
    states: {
      readDomain: run('get', { field: 'group.domain', of: reg('group') }, to('isAttached', keep('current'))),
      isAttached: choose(when(isNot('current', 0), 'nextDevice'), to('detached')),
      nextDevice: run('nextPresent', { group: reg('index'), after: reg('moved') }, [
        when(result(0), 'clearDomain'),
        to('attachDefault', keep('moved'), copy('moved', 'moving'), add('moving', -1)),
      ]),
      attachDefault: retries
        ? run('moveToDefault', { device: reg('moving') }, 'nextDevice')
        : run('attachDefault', { device: reg('moving') }, 'nextDevice', 'detached'),
      clearDomain: run('clear', { field: 'group.domain', of: reg('group') }, 'detached'),
      detached: done,
    },
  });
};
