import { EVERY_PAGE } from '../../../src/hardware/vtd/steps/index.js';
import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import {
  add,
  type Branch,
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
  set,
  to,
  when,
} from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { TAG } from './objects.js';

/** cache_tag_assign: note what must be flushed; routes that share an entry of the caches share the tag. */
export const assignTag = procedure.createMachine({
  id: 'assignTag',
  context: registers({
    domain: 'ref',
    type: 'int',
    did: 'int',
    device: 'int',
    pasid: 'int',
    tag: 'ref',
    known: 'ref',
  }),
  initial: 'allocate',
  states: {
    allocate: run('create', { kind: 'cacheTag' }, to('fill', keep('tag')), 'noMemory'),
    fill: run(
      'fillTag',
      { tag: reg('tag'), type: reg('type'), did: reg('did'), device: reg('device'), pasid: reg('pasid') },
      'lockTags',
    ),
    lockTags: run('lock', { family: 'cacheTags', id: reg('domain') }, 'look'),
    look: run('findTag', { domain: reg('domain'), like: reg('tag') }, [
      when(result(0), 'list'),
      to('share', keep('known')),
    ]),
    share: run('increment', { field: 'cacheTag.users', of: reg('known') }, 'unlockShared'),
    unlockShared: run('unlock', { family: 'cacheTags', id: reg('domain') }, 'discard'),
    discard: run('destroy', { kind: 'cacheTag', of: reg('tag') }, 'assigned'),
    list: run('set', { field: 'cacheTag.domain', of: reg('tag'), value: reg('domain') }, 'unlockTags'),
    unlockTags: run('unlock', { family: 'cacheTags', id: reg('domain') }, 'assigned'),
    assigned: done,
    noMemory: fails(ERRNO.ENOMEM),
  },
});

/** cache_tag_unassign: the last user takes the tag off the list. Nothing happens when it is not there. */
const unassignTag = procedure.createMachine({
  id: 'unassignTag',
  context: registers({ domain: 'ref', type: 'int', did: 'int', device: 'int', pasid: 'int', tag: 'ref' }),
  initial: 'lockTags',
  states: {
    lockTags: run('lock', { family: 'cacheTags', id: reg('domain') }, 'look'),
    look: run(
      'tagOf',
      {
        domain: reg('domain'),
        type: reg('type'),
        did: reg('did'),
        device: reg('device'),
        pasid: reg('pasid'),
      },
      [when(result(0), 'unlockTags'), to('drop', keep('tag'))],
    ),
    drop: run('decrement', { field: 'cacheTag.users', of: reg('tag') }, [
      when(result(0), 'free'),
      to('unlockTags'),
    ]),
    free: run('destroy', { kind: 'cacheTag', of: reg('tag') }, 'unlockTags'),
    unlockTags: run('unlock', { family: 'cacheTags', id: reg('domain') }, 'unassigned'),
    unassigned: done,
  },
});

const ROUTE = { domain: 'ref', did: 'int', device: 'int', pasid: 'int' } as const;
const tagInputs = {
  did: reg('did'),
  device: reg('device'),
  pasid: reg('pasid'),
  type: reg('type'),
  domain: reg('of'),
};

/** Which tags a route has, one after the other: its own, and those by which the parent of a nested domain reaches it. */
function eachTag(work: string, end: string, ...stops: Branch[]) {
  const noDeviceTlb = [is('type', TAG.deviceTlb), is('ats', 0)];
  return choose(
    when(is('type', TAG.iotlb), work, copy('domain', 'of')),
    when([is('type', TAG.deviceTlb), isNot('ats', 0)], work, copy('domain', 'of')),
    when(is('parent', 0), end),
    ...stops,
    when(noDeviceTlb, work, set('type', TAG.nestingIotlb), copy('parent', 'of')),
    when(is('type', TAG.nestingIotlb), work, copy('parent', 'of')),
    when([is('type', TAG.nestingDeviceTlb), isNot('ats', 0)], work, copy('parent', 'of')),
    to(end),
  );
}

/** cache_tag_assign_domain: all tags of a route, or none. */
const assignTags = procedure.createMachine({
  id: 'assignTags',
  context: registers({ ...ROUTE, of: 'ref', parent: 'ref', ats: 'int', type: 'int' }),
  initial: 'readParent',
  states: {
    readParent: run('get', { field: 'domain.parent', of: reg('domain') }, to('readAts', keep('parent'))),
    readAts: run('infoAts', { device: reg('device') }, to('next', keep('ats'), set('type', TAG.iotlb))),
    next: eachTag('assign', 'assigned'),
    assign: run('assignTag', tagInputs, to('next', add('type', 1)), 'undo'),
    assigned: done,
    undo: run(
      'unassignTags',
      {
        domain: reg('domain'),
        did: reg('did'),
        device: reg('device'),
        pasid: reg('pasid'),
        before: reg('type'),
      },
      'noMemory',
    ),
    noMemory: fails(ERRNO.ENOMEM),
  },
});

/** cache_tag_unassign_domain: the tags of a route whose type is below `before`; all when it is 0. */
const unassignTags = procedure.createMachine({
  id: 'unassignTags',
  context: registers({ ...ROUTE, before: 'int', of: 'ref', parent: 'ref', ats: 'int', type: 'int' }),
  initial: 'readParent',
  states: {
    readParent: run('get', { field: 'domain.parent', of: reg('domain') }, to('readAts', keep('parent'))),
    readAts: run('infoAts', { device: reg('device') }, to('isLast', keep('ats'), set('type', TAG.iotlb))),
    isLast: choose(when(same('type', 'before'), 'unassigned'), to('next')),
    next: eachTag(
      'unassign',
      'unassigned',
      when([is('type', TAG.deviceTlb), is('ats', 0), is('before', TAG.nestingIotlb)], 'unassigned'),
    ),
    unassign: run('unassignTag', tagInputs, to('isLast', add('type', 1))),
    unassigned: done,
  },
});

/**
 * cache_tag_flush_range: one invalidation for each tag, sent in one batch for an IOMMU and awaited together. `span` says how
 * many bits of the page number are covered, with LEAF_ONLY added when no table was freed. `onlyIotlb` is the variant for
 * entries that were not present before.
 */
function flushTags(mended: MendQuery) {
  const deviceTlb = mended('fence-before-device-tlb') ? 'needsFence' : 'sendDeviceTlb';
  return procedure.createMachine({
    id: 'flushTags',
    context: registers({
      domain: 'ref',
      page: 'int',
      span: 'int',
      onlyIotlb: 'int',
      usesPasid: 'int',
      tag: 'ref',
      type: 'int',
      iommu: 'int',
      lastIommu: 'int',
      device: 'int',
      lastDevice: 'int',
      did: 'int',
      pasid: 'int',
      ticket: 'int',
      from: 'int',
      reach: 'int',
    }),
    initial: 'readFormat',
    states: {
      readFormat: run('usesPasidFlush', { domain: reg('domain') }, to('lockTags', keep('usesPasid'))),
      lockTags: run('lock', { family: 'cacheTags', id: reg('domain') }, 'nextTag'),
      nextTag: run('nextTag', { domain: reg('domain'), after: reg('tag') }, [
        when(result(0), 'isAnySent'),
        to('readIommu', keep('tag')),
      ]),
      readIommu: run('get', { field: 'cacheTag.iommu', of: reg('tag') }, to('readDevice', keep('iommu'))),
      readDevice: run('get', { field: 'cacheTag.device', of: reg('tag') }, to('isSameIommu', keep('device'))),
      isSameIommu: choose(
        when(is('lastIommu', 0), 'readType', copy('iommu', 'lastIommu')),
        when(same('lastIommu', 'iommu'), 'readType'),
        to('waitBatch'),
      ),
      waitBatch: run(
        'waitQueue',
        { device: reg('lastDevice'), ticket: reg('ticket') },
        to('readType', copy('iommu', 'lastIommu')),
      ),
      readType: run('get', { field: 'cacheTag.type', of: reg('tag') }, to('readPasid', keep('type'))),
      readPasid: run(
        'get',
        { field: 'cacheTag.pasid', of: reg('tag') },
        to('byType', keep('pasid'), copy('device', 'lastDevice')),
      ),
      byType: choose(
        when(is('type', TAG.iotlb), 'readDid'),
        when(is('type', TAG.nestingIotlb), 'readDid'),
        when(is('onlyIotlb', 1), 'nextTag'),
        // What a parent changes may be reached by any address of the child.
        when(is('type', TAG.nestingDeviceTlb), deviceTlb, set('from', 0), set('reach', EVERY_PAGE)),
        to(deviceTlb, copy('page', 'from'), copy('span', 'reach')),
      ),
      readDid: run('get', { field: 'cacheTag.did', of: reg('tag') }, to('byFormat', keep('did'))),
      byFormat: choose(
        when([is('usesPasid', 1), is('span', EVERY_PAGE)], 'flushPasid'),
        when(is('usesPasid', 1), 'flushPasidPages'),
        when(is('span', EVERY_PAGE), 'flushDomain'),
        to('flushPages'),
      ),
      flushPasid: run(
        'flushPasidIotlb',
        { device: reg('device'), did: reg('did'), pasid: reg('pasid') },
        to('nextTag', keep('ticket')),
      ),
      flushPasidPages: run(
        'flushPasidIotlbPages',
        { device: reg('device'), did: reg('did'), pasid: reg('pasid'), page: reg('page'), span: reg('span') },
        to('nextTag', keep('ticket')),
      ),
      flushDomain: run(
        'flushIotlbDomain',
        { device: reg('device'), did: reg('did') },
        to('nextTag', keep('ticket')),
      ),
      flushPages: run(
        'flushIotlbPages',
        { device: reg('device'), did: reg('did'), page: reg('page'), span: reg('span') },
        to('nextTag', keep('ticket')),
      ),
      ...(mended('fence-before-device-tlb')
        ? {
            // Without PASID, a device-TLB invalidation is not ordered behind PASID-based ones ahead of it.
            needsFence: choose(when([is('usesPasid', 1), is('pasid', 0)], 'fence'), to('sendDeviceTlb')),
            fence: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'sendDeviceTlb'),
          }
        : {}),
      sendDeviceTlb: choose(when(is('pasid', 0), 'flushDeviceTlb'), to('flushPasidDeviceTlb')),
      flushDeviceTlb: run(
        'flushDeviceTlb',
        { device: reg('device'), page: reg('from'), span: reg('reach') },
        to('nextTag', keep('ticket')),
      ),
      flushPasidDeviceTlb: run(
        'flushPasidDeviceTlb',
        { device: reg('device'), pasid: reg('pasid'), page: reg('from'), span: reg('reach') },
        to('nextTag', keep('ticket')),
      ),
      isAnySent: choose(when(is('lastIommu', 0), 'unlockTags'), to('waitLast')),
      waitLast: run('waitQueue', { device: reg('lastDevice'), ticket: reg('ticket') }, 'unlockTags'),
      unlockTags: run('unlock', { family: 'cacheTags', id: reg('domain') }, 'flushed'),
      flushed: done,
    },
  });
}

export const tagProcedures = (mended: MendQuery) => [
  assignTag,
  unassignTag,
  assignTags,
  unassignTags,
  flushTags(mended),
];
