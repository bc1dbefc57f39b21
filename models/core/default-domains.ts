import { procedure, reg, registers, result as returns } from '../../src/statechart/procedure.js';
import { add, done, fails, keep, result, run, set, to, when } from '../../src/statechart/states.js';
import type { ObjectKind } from '../../src/vocabulary/design.js';
import { SPACE_KINDS } from '../../src/vocabulary/operations.js';

const PAGING = SPACE_KINDS.indexOf('paging');
const IDENTITY = SPACE_KINDS.indexOf('identity');

/** The default domain of a group, made when its first device is probed. */
export const groupDefault: ObjectKind = {
  name: 'groupDefault',
  one: 'group',
  fields: { domain: 'ref', devices: 'int' },
  capacity: ({ groups }) => groups,
};

/** The static domain in which nothing is translated. */
export const blocking: ObjectKind = {
  name: 'blocking',
  one: 'world',
  fields: { domain: 'ref' },
  capacity: () => 1,
};

/** The device's group has one device more: its default domain, made for the first. Returns the domain. */
export const joinGroup = procedure.createMachine({
  id: 'joinGroup',
  context: registers({ device: 'int', group: 'int', kind: 'int', domain: 'ref', errno: 'int' }),
  output: returns('domain'),
  initial: 'whichGroup',
  states: {
    whichGroup: run(
      'deviceFact',
      { what: 'group', device: reg('device') },
      to('lookUp', keep('group'), add('group', 1)),
    ),
    lookUp: run('get', { field: 'groupDefault.domain', of: reg('group') }, [
      when(result(0), 'whichKind'),
      to('join', keep('domain')),
    ]),
    whichKind: run('kernelDefault', {}, [
      when(result(0), 'allocate', set('kind', PAGING)),
      to('allocate', set('kind', IDENTITY)),
    ]),
    allocate: run(
      'allocDomain',
      { kind: reg('kind'), parent: 0 },
      to('keepDomain', keep('domain')),
      to('failed', keep('errno')),
    ),
    keepDomain: run('set', { field: 'groupDefault.domain', of: reg('group'), value: reg('domain') }, 'join'),
    join: run('increment', { field: 'groupDefault.devices', of: reg('group') }, 'joined'),
    joined: done,
    failed: fails(reg('errno')),
  },
});

/** The group has one device less; its default domain goes with the last. */
export const leaveGroup = procedure.createMachine({
  id: 'leaveGroup',
  context: registers({ device: 'int', group: 'int', domain: 'ref' }),
  initial: 'whichGroup',
  states: {
    whichGroup: run(
      'deviceFact',
      { what: 'group', device: reg('device') },
      to('leave', keep('group'), add('group', 1)),
    ),
    leave: run('decrement', { field: 'groupDefault.devices', of: reg('group') }, [
      when(result(0), 'lookUp'),
      to('left'),
    ]),
    lookUp: run('get', { field: 'groupDefault.domain', of: reg('group') }, to('forget', keep('domain'))),
    forget: run('clear', { field: 'groupDefault.domain', of: reg('group') }, 'free'),
    free: run('freeDomain', { domain: reg('domain') }, 'left'),
    left: done,
  },
});

/** The default domain of the device's group. */
export const defaultDomain = procedure.createMachine({
  id: 'defaultDomain',
  context: registers({ device: 'int', group: 'int', domain: 'ref' }),
  output: returns('domain'),
  initial: 'whichGroup',
  states: {
    whichGroup: run(
      'deviceFact',
      { what: 'group', device: reg('device') },
      to('lookUp', keep('group'), add('group', 1)),
    ),
    lookUp: run('get', { field: 'groupDefault.domain', of: reg('group') }, to('found', keep('domain'))),
    found: done,
  },
});

/** The domain in which nothing is translated. */
export const blockingDomain = procedure.createMachine({
  id: 'blockingDomain',
  context: registers({ domain: 'ref' }),
  output: returns('domain'),
  initial: 'lookUp',
  states: {
    lookUp: run('get', { field: 'blocking.domain', of: 1 }, to('found', keep('domain'))),
    found: done,
  },
});
