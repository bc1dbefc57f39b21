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
  same,
  set,
  to,
  when,
} from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/**
 * iommu_attach_group() as vfio calls it: the whole group moves with the first of its devices that is attached, the others join.
 * The devices move one after the other; at the first error those that have moved stay where they are.
 */
export const attachGroup = (mended: MendQuery) => {
  const rollsBack = mended('group-attach-rolls-back');
  return procedure.createMachine({
    id: 'attachGroup',
    context: registers({
      device: 'int',
      slot: 'int',
      space: 'int',
      principal: 'int',
      handle: 'ref',
      domain: 'ref',
      current: 'ref',
      index: 'int',
      group: 'int',
      member: 'int',
      owner: 'int',
      moving: 'int',
      moved: 'int',
      some: 'int',
      stop: 'int',
      errno: 'int',
    }),
    initial: 'isWhole',
    states: {
      isWhole: choose(when(is('slot', 0), 'hold'), to('noSlot')),
      hold: run('holdSpace', { space: reg('space'), principal: reg('principal') }, [
        when(result(0), 'noSlot'),
        to('findGroup', keep('handle')),
      ]),
      findGroup: run('deviceFact', { what: 'group', device: reg('device') }, to('handles', keep('index'))),
      handles: choose(
        to('lockGroup', copy('index', 'group'), add('group', 1), copy('device', 'member'), add('member', 1)),
      ),
      lockGroup: run('lock', { family: 'group', id: reg('group') }, 'isPresent'),
      isPresent: run('isPresent', { device: reg('device') }, [
        when(result(0), 'unlockFailed', set('errno', ERRNO.ENODEV)),
        to('readOwner'),
      ]),
      readOwner: run('get', { field: 'group.owner', of: reg('group') }, to('isOwner', keep('owner'))),
      isOwner: choose(
        when(same('owner', 'principal'), 'isAttached'),
        to('unlockFailed', set('errno', ERRNO.EPERM)),
      ),
      isAttached: run('get', { field: 'member.attached', of: reg('member') }, [
        when(result(0), 'readCurrent'),
        to('unlockFailed', set('errno', ERRNO.EBUSY)),
      ]),
      readCurrent: run('get', { field: 'group.domain', of: reg('group') }, to('isFree', keep('current'))),
      isFree: choose(
        when(is('current', 0), 'readDomain'),
        when(same('current', 'handle'), 'mayJoin'),
        to('unlockFailed', set('errno', ERRNO.EBUSY)),
      ),
      mayJoin: run('mayJoin', { device: reg('device') }, 'join', to('unlockFailed', keep('errno'))),
      readDomain: run(
        'get',
        { field: 'space.domain', of: reg('handle') },
        to(rollsBack ? 'nextAsked' : 'nextDevice', keep('domain')),
      ),
      ...(rollsBack
        ? {
            nextAsked: run('nextPresent', { group: reg('index'), after: reg('moved') }, [
              when(result(0), 'nextDevice', set('moved', 0)),
              to('ask', keep('moved'), copy('moved', 'moving'), add('moving', -1)),
            ]),
            ask: run('mayJoin', { device: reg('moving') }, 'nextAsked', to('unlockFailed', keep('errno'))),
          }
        : {}),
      nextDevice: run('nextPresent', { group: reg('index'), after: reg('moved') }, [
        when(result(0), 'storeDomain'),
        to('attachDevice', keep('moved'), copy('moved', 'moving'), add('moving', -1)),
      ]),
      attachDevice: run(
        'attachDevice',
        { device: reg('moving'), domain: reg('domain') },
        to('nextDevice', set('some', 1)),
        to('hasMoved', keep('errno'), copy('moving', 'stop'), set('moved', 0)),
      ),
      hasMoved: choose(when(is('some', 0), 'unlockFailed'), to(rollsBack ? 'nextBack' : 'unlockPartly')),
      storeDomain: run('set', { field: 'group.domain', of: reg('group'), value: reg('handle') }, 'whoseDma'),
      whoseDma: choose(when(is('owner', 0), 'tellKernel'), to('join')),
      tellKernel: run('event', { machine: 'group', event: 'CLAIM_KERNEL', id: reg('group') }, 'join'),
      join: run('set', { field: 'member.attached', of: reg('member'), value: 1 }, 'tellGroup'),
      tellGroup: run('event', { machine: 'group', event: 'ATTACH', id: reg('group') }, 'unlockGroup'),
      unlockGroup: run('unlock', { family: 'group', id: reg('group') }, 'put'),
      put: run('decrement', { field: 'space.users', of: reg('handle') }, 'attached'),
      attached: done,

      ...(rollsBack
        ? {
            nextBack: run('nextPresent', { group: reg('index'), after: reg('moved') }, [
              when(result(0), 'unlockFailed'),
              to('isMoved', keep('moved'), copy('moved', 'moving'), add('moving', -1)),
            ]),
            isMoved: choose(when(same('moving', 'stop'), 'unlockFailed'), to('moveBack')),
            moveBack: run('moveToDefault', { device: reg('moving') }, 'nextBack'),
          }
        : {
            unlockPartly: run('unlock', { family: 'group', id: reg('group') }, 'putPartly'),
            putPartly: run('decrement', { field: 'space.users', of: reg('handle') }, 'failed'),
          }),
      unlockFailed: run('unlock', { family: 'group', id: reg('group') }, 'putFailed'),
      putFailed: run('decrement', { field: 'space.users', of: reg('handle') }, 'failed'),
      failed: fails(reg('errno')),
      noSlot: fails(ERRNO.EINVAL),
    },
  });
};

/** Whether the device can be opened beside its group's others: here always. */
export const mayJoin = procedure.createMachine({
  id: 'mayJoin',
  context: registers({ device: 'int' }),
  initial: 'joined',
  states: { joined: done },
});

/** __iommu_attach_device() to a domain of the caller's. */
export const attachDevice = procedure.createMachine({
  id: 'attachDevice',
  context: registers({ device: 'int', domain: 'ref', errno: 'int' }),
  initial: 'attach',
  states: {
    attach: run(
      'driver/attachRid',
      { device: reg('device'), domain: reg('domain') },
      'attached',
      to('failed', keep('errno')),
    ),
    attached: done,
    failed: fails(reg('errno')),
  },
});

/** __iommu_attach_device() to the default domain of the device's group. */
export const attachDefault = procedure.createMachine({
  id: 'attachDefault',
  context: registers({ device: 'int', domain: 'ref', errno: 'int' }),
  initial: 'findDefault',
  states: {
    findDefault: run('driver/defaultDomain', { device: reg('device') }, to('attach', keep('domain'))),
    attach: run(
      'driver/attachRid',
      { device: reg('device'), domain: reg('domain') },
      'attached',
      to('failed', keep('errno')),
    ),
    attached: done,
    failed: fails(reg('errno')),
  },
});

/** The way back to the default domain, tried until there is memory for it. */
export const moveToDefault = procedure.createMachine({
  id: 'moveToDefault',
  context: registers({ device: 'int' }),
  initial: 'attach',
  states: {
    attach: run('attachDefault', { device: reg('device') }, 'moved', 'again'),
    again: run('isPresent', { device: reg('device') }, [when(result(0), 'moved'), to('attach')]),
    moved: done,
  },
});
