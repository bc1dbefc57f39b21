import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  copy,
  done,
  fails,
  keep,
  result,
  run,
  same,
  to,
  when,
} from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';

/** A device follows the others of its group onto an IOASID, which their routes keep from being freed. */
const joinIoasid = procedure.createMachine({
  id: 'joinIoasid',
  context: registers({ device: 'int', ioasid: 'ref', route: 'ref', errno: 'int' }),
  initial: 'newRoute',
  states: {
    newRoute: run(
      'newRoute',
      { device: reg('device'), pasid: 0 },
      to('list', keep('route')),
      to('failed', keep('errno')),
    ),
    list: run('listRoute', { of: reg('route'), ioasid: reg('ioasid') }, 'setEntry'),
    setEntry: run(
      'setEntry',
      { device: reg('device'), pasid: 0, ioasid: reg('ioasid') },
      'joined',
      to('delist', keep('errno')),
    ),
    joined: done,
    delist: run('destroy', { kind: 'route', of: reg('route') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/**
 * The other devices of the group follow one that has been attached. Without the mend, those that followed before one fails stay
 * where they are.
 */
const moveGroup = (mended: MendQuery) => {
  const unwinds = mended('group-attach-unwinds');
  return procedure.createMachine({
    id: 'moveGroup',
    context: registers({
      device: 'int',
      group: 'int',
      ioasid: 'ref',
      member: 'int',
      each: 'int',
      errno: 'int',
    }),
    initial: 'nextMember',
    states: {
      nextMember: run('nextMember', { group: reg('group'), after: reg('member') }, [
        when(result(0), 'moved'),
        to('isFirst', keep('member')),
      ]),
      isFirst: choose(to('isMoved', copy('member', 'each'), add('each', -1))),
      isMoved: choose(when(same('each', 'device'), 'nextMember'), to('join')),
      join: run(
        'joinIoasid',
        { device: reg('each'), ioasid: reg('ioasid') },
        'nextMember',
        to(unwinds ? 'undo' : 'failed', keep('errno')),
      ),
      moved: done,
      ...(unwinds ? { undo: run('leaveIoasids', { group: reg('group') }, 'failed') } : {}),
      failed: fails(reg('errno')),
    },
  });
};

/** No device of the group is attached as a whole any more. */
const leaveIoasids = procedure.createMachine({
  id: 'leaveIoasids',
  context: registers({ group: 'int', route: 'ref' }),
  initial: 'nextRid',
  states: {
    nextRid: run('ridOfGroup', { group: reg('group') }, [
      when(result(0), 'left'),
      to('remove', keep('route')),
    ]),
    remove: run('removeRoute', { route: reg('route') }, 'nextRid'),
    left: done,
  },
});

export const groupProcedures = (mended: MendQuery) => [joinIoasid, moveGroup(mended), leaveIoasids];
