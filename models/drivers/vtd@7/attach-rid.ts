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
  to,
  when,
} from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { DOMAIN } from './objects.js';

/**
 * attach_dev of paging, nested, identity and blocking domains, as it is: translation is blocked first, so whatever fails
 * afterwards leaves the device blocked while its callers believe it on its old domain. The error label gives back tags whether
 * they were taken or not, a neighbour's too.
 */
function attachBlockingFirst(mended: MendQuery) {
  const entryLast = mended('tags-follow-entry');
  return procedure.createMachine({
    id: 'replaceRid',
    context: registers({
      device: 'int',
      domain: 'ref',
      old: 'ref',
      info: 'int',
      kind: 'int',
      listed: 'ref',
      did: 'int',
      errno: 'int',
    }),
    initial: 'whichInfo',
    states: {
      whichInfo: choose(to('readKind', copy('device', 'info'), add('info', 1))),
      readKind: run('get', { field: 'domain.kind', of: reg('domain') }, [
        when(result(DOMAIN.blocked), 'detach'),
        to('readListed', keep('kind')),
      ]),
      detach: run('detachRid', { device: reg('device') }, 'attached'),
      readListed: run('get', { field: 'info.domain', of: reg('info') }, to('block', keep('listed'))),
      block: run(
        'blockTranslation',
        { device: reg('device') },
        mended('old-faults-put') ? 'putOldFaults' : 'byKind',
      ),
      ...(mended('old-faults-put')
        ? { putOldFaults: run('putFaults', { domain: reg('listed'), device: reg('device') }, 'byKind') }
        : {}),
      byKind: choose(when(is('kind', DOMAIN.identity), 'setPassThrough'), to('isCompatible')),
      setPassThrough: run(
        'setupEntry',
        { device: reg('device'), pasid: 0, domain: reg('domain') },
        'setIdentity',
        to('failed', keep('errno')),
      ),
      setIdentity: run('set', { field: 'info.attached', of: reg('info'), value: 1 }, 'attached'),
      isCompatible: run(
        'isCompatible',
        { domain: reg('domain'), device: reg('device') },
        'takeFaults',
        to('failed', keep('errno')),
      ),
      takeFaults: run(
        'takeFaults',
        { domain: reg('domain'), device: reg('device') },
        'takeId',
        to('failed', keep('errno')),
      ),
      takeId: run(
        'takeDomainId',
        { domain: reg('domain'), device: reg('device') },
        to('list', keep('did')),
        to('putFaults', keep('errno')),
      ),
      list: run('set', { field: 'info.domain', of: reg('info'), value: reg('domain') }, 'setAttached'),
      setAttached: run('set', { field: 'info.attached', of: reg('info'), value: 1 }, 'announce'),
      announce: run('event', { machine: 'domain', event: 'ATTACH', id: reg('domain') }, 'order'),
      // A nested domain lists its tags first; for a paging one the entry is set before anybody would flush it.
      order: choose(
        ...(entryLast
          ? []
          : [when(is('kind', DOMAIN.paging), 'setEntry'), when(is('kind', DOMAIN.nestParent), 'setEntry')]),
        to('assignTags'),
      ),
      assignTags: run(
        'assignTags',
        { domain: reg('domain'), did: reg('did'), device: reg('device'), pasid: 0 },
        to('isEntrySet'),
        to('undo', keep('errno')),
      ),
      isEntrySet: choose(
        ...(entryLast
          ? []
          : [when(is('kind', DOMAIN.paging), 'attached'), when(is('kind', DOMAIN.nestParent), 'attached')]),
        to('setEntry'),
      ),
      setEntry: run(
        'setupEntry',
        { device: reg('device'), pasid: 0, domain: reg('domain'), did: reg('did') },
        'isTagged',
        to('undo', keep('errno')),
      ),
      isTagged: choose(
        ...(entryLast
          ? []
          : [
              when(is('kind', DOMAIN.paging), 'assignTags'),
              when(is('kind', DOMAIN.nestParent), 'assignTags'),
            ]),
        to('attached'),
      ),
      attached: done,
      undo: run('blockTranslation', { device: reg('device') }, 'putFaults'),
      putFaults: run('putFaults', { domain: reg('domain'), device: reg('device') }, 'failed'),
      failed: fails(reg('errno')),
    },
  });
}

/**
 * The same with everything that can fail done before the old entry goes, but for the entry itself: if that cannot be set the
 * old one is put back. What the old attachment held is released at the end.
 */
function attachRestoring(mended: MendQuery) {
  const entryLast = mended('tags-follow-entry');
  const early = (target: string) =>
    entryLast ? [] : [when(is('kind', DOMAIN.paging), target), when(is('kind', DOMAIN.nestParent), target)];
  return procedure.createMachine({
    id: 'replaceRid',
    context: registers({
      device: 'int',
      domain: 'ref',
      old: 'ref',
      info: 'int',
      kind: 'int',
      did: 'int',
      wasAttached: 'int',
      listed: 'ref',
      oldId: 'int',
      errno: 'int',
    }),
    initial: 'whichInfo',
    states: {
      whichInfo: choose(to('readKind', copy('device', 'info'), add('info', 1))),
      readKind: run('get', { field: 'domain.kind', of: reg('domain') }, [
        when(result(DOMAIN.blocked), 'detach'),
        to('isAttached', keep('kind')),
      ]),
      detach: run('detachRid', { device: reg('device') }, 'attached'),
      isAttached: run(
        'get',
        { field: 'info.attached', of: reg('info') },
        to('readListed', keep('wasAttached')),
      ),
      readListed: run('get', { field: 'info.domain', of: reg('info') }, to('byKind', keep('listed'))),
      byKind: choose(when(is('kind', DOMAIN.identity), 'tearDown'), to('isCompatible')),
      isCompatible: run(
        'isCompatible',
        { domain: reg('domain'), device: reg('device') },
        'takeFaults',
        to('failed', keep('errno')),
      ),
      takeFaults: run(
        'takeFaults',
        { domain: reg('domain'), device: reg('device') },
        'takeId',
        to('failed', keep('errno')),
      ),
      takeId: run(
        'takeDomainId',
        { domain: reg('domain'), device: reg('device') },
        to('order', keep('did')),
        to('putFaults', keep('errno')),
      ),
      order: choose(...early('tearDown'), to('assignTags')),
      assignTags: run(
        'assignTags',
        { domain: reg('domain'), did: reg('did'), device: reg('device'), pasid: 0 },
        'tearDown',
        to('putId', keep('errno')),
      ),
      tearDown: run('tearDownEntry', { device: reg('device'), pasid: 0 }, 'setEntry'),
      setEntry: run(
        'setupEntry',
        { device: reg('device'), pasid: 0, domain: reg('domain'), did: reg('did') },
        'isTagged',
        to('restoreOld', keep('errno')),
      ),
      isTagged: choose(...early('assignTagsLate'), to('hadDomain')),
      ...(entryLast
        ? {}
        : {
            assignTagsLate: run(
              'assignTags',
              { domain: reg('domain'), did: reg('did'), device: reg('device'), pasid: 0 },
              'hadDomain',
              to('tearDownAgain', keep('errno')),
            ),
            tearDownAgain: run('tearDownEntry', { device: reg('device'), pasid: 0 }, 'restoreOld'),
          }),

      hadDomain: choose(when(is('listed', 0), 'list'), to('readOldId')),
      readOldId: run(
        'domainIdOf',
        { domain: reg('listed'), device: reg('device') },
        to('unassignOldTags', keep('oldId')),
      ),
      unassignOldTags: run(
        'unassignTags',
        { domain: reg('listed'), did: reg('oldId'), device: reg('device'), pasid: 0 },
        'putOldId',
      ),
      putOldId: run('putDomainId', { domain: reg('listed'), device: reg('device') }, 'detached'),
      detached: run(
        'event',
        { machine: 'domain', event: 'DETACH', id: reg('listed') },
        mended('old-faults-put') ? 'putOldFaults' : 'list',
      ),
      ...(mended('old-faults-put')
        ? { putOldFaults: run('putFaults', { domain: reg('listed'), device: reg('device') }, 'list') }
        : {}),
      list: choose(when(is('kind', DOMAIN.identity), 'delist'), to('listDomain')),
      delist: run('clear', { field: 'info.domain', of: reg('info') }, 'setAttached'),
      listDomain: run('set', { field: 'info.domain', of: reg('info'), value: reg('domain') }, 'announce'),
      announce: run('event', { machine: 'domain', event: 'ATTACH', id: reg('domain') }, 'setAttached'),
      setAttached: run('set', { field: 'info.attached', of: reg('info'), value: 1 }, 'attached'),
      attached: done,

      restoreOld: choose(
        when(is('wasAttached', 0), 'undo'),
        when(is('listed', 0), 'setOldEntry'),
        to('readRestoredId', copy('listed', 'old')),
      ),
      readRestoredId: run(
        'domainIdOf',
        { domain: reg('old'), device: reg('device') },
        to('setOldEntry', keep('oldId')),
      ),
      // Cannot fail: the page that holds the entry is there.
      setOldEntry: run(
        'setupEntry',
        { device: reg('device'), pasid: 0, domain: reg('old'), did: reg('oldId') },
        'undo',
        'undo',
      ),
      // Tags that were not taken are not given back: they may be a neighbour's.
      undo: choose(when(is('kind', DOMAIN.identity), 'failed'), ...early('putId'), to('unassignTags')),
      unassignTags: run(
        'unassignTags',
        { domain: reg('domain'), did: reg('did'), device: reg('device'), pasid: 0 },
        'putId',
      ),
      putId: run('putDomainId', { domain: reg('domain'), device: reg('device') }, 'putFaults'),
      putFaults: run('putFaults', { domain: reg('domain'), device: reg('device') }, 'failed'),
      failed: fails(reg('errno')),
    },
  });
}

/** attach_dev of a device that nothing is known to be attached to. */
const attachRid = procedure.createMachine({
  id: 'attachRid',
  context: registers({ device: 'int', domain: 'ref', errno: 'int' }),
  initial: 'attach',
  states: {
    attach: run(
      'replaceRid',
      { device: reg('device'), domain: reg('domain'), old: 0 },
      'attached',
      to('failed', keep('errno')),
    ),
    attached: done,
    failed: fails(reg('errno')),
  },
});

/**
 * attach_dev of the blocking domain. Page faults are switched off first: the drain that belongs to taking the entry down sees
 * them off.
 */
const detachRid = procedure.createMachine({
  id: 'detachRid',
  context: registers({ device: 'int', domain: 'ref', info: 'int', old: 'ref' }),
  initial: 'whichInfo',
  states: {
    whichInfo: choose(to('readDomain', copy('device', 'info'), add('info', 1))),
    readDomain: run('get', { field: 'info.domain', of: reg('info') }, to('putFaults', keep('old'))),
    putFaults: run('putFaults', { domain: reg('old'), device: reg('device') }, 'block'),
    block: run('blockTranslation', { device: reg('device') }, 'detached'),
    detached: done,
  },
});

export const ridProcedures = (mended: MendQuery) => [
  attachRid,
  mended('failed-attach-restores') ? attachRestoring(mended) : attachBlockingFirst(mended),
  detachRid,
];
