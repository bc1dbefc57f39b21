import { procedure, reg, registers, result as returns } from '../../../src/statechart/procedure.js';
import { choose, done, fails, is, keep, run, set, to, when } from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { SPACE_KINDS } from '../../../src/vocabulary/operations.js';
import { holdsParents } from './use-ioasid.js';

const NESTED = SPACE_KINDS.indexOf('nested');
const NEST_PARENT = SPACE_KINDS.indexOf('nestParent');

/** A new IOASID: a page table of the kernel's, or one of a guest's nested on such a table, which it is listed on as a child. */
export const createSpace = (mended: MendQuery) => {
  const use = holdsParents(mended) ? 'useParent' : 'useIoasid';
  const leave = holdsParents(mended) ? 'leaveParent' : 'leaveIoasid';
  return procedure.createMachine({
    id: 'createSpace',
    context: registers({
      kind: 'int',
      parent: 'int',
      on: 'ref',
      onDomain: 'ref',
      onKind: 'int',
      ioasid: 'ref',
      domain: 'ref',
      errno: 'int',
    }),
    output: returns('ioasid'),
    initial: 'isNested',
    states: {
      isNested: choose(when(is('kind', NESTED), 'useParent'), to('create')),
      useParent: run(use, { space: reg('parent') }, to('readKind', keep('on')), to('failed', keep('errno'))),
      readKind: run('get', { field: 'ioasid.kind', of: reg('on') }, to('isParent', keep('onKind'))),
      isParent: choose(
        when(is('onKind', NEST_PARENT), 'readDomain'),
        to('leaveFailed', set('errno', ERRNO.EINVAL)),
      ),
      readDomain: run('get', { field: 'ioasid.domain', of: reg('on') }, to('create', keep('onDomain'))),

      create: run(
        'create',
        { kind: 'ioasid' },
        to('allocDomain', keep('ioasid')),
        to('leaveFailed', keep('errno')),
      ),
      allocDomain: run(
        'driver/allocDomain',
        { kind: reg('kind'), parent: reg('onDomain') },
        to('fill', keep('domain')),
        to('destroy', keep('errno')),
      ),
      fill: run(
        'fillIoasid',
        { of: reg('ioasid'), kind: reg('kind'), domain: reg('domain'), parent: reg('on') },
        'isChild',
      ),
      isChild: choose(when(is('on', 0), 'created'), to('leaveParent')),
      leaveParent: run(leave, { ioasid: reg('on') }, 'created'),
      created: done,

      destroy: run('destroy', { kind: 'ioasid', of: reg('ioasid') }, 'leaveFailed'),
      leaveFailed: choose(when(is('on', 0), 'failed'), to('leaveParentFailed')),
      leaveParentFailed: run(leave, { ioasid: reg('on') }, 'failed'),
      failed: fails(reg('errno')),
    },
  });
};
