import { LEAF_ONLY } from '../../../src/hardware/vtd/steps/index.js';
import { procedure, reg, registers, result as returns } from '../../../src/statechart/procedure.js';
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
import { ERRNO } from '../../../src/vocabulary/errno.js';

const TOP_LEVEL = 4;

/** By size of page: the level of its leaf, the leaf's rights with that level, and how many bits of page number it spans. */
function bySize(next: string) {
  const sized = (size: number) => [set('leafLevel', size + 1), set('span', 9 * size)];
  return {
    bySize: choose(
      when(is('size', 1), next, ...sized(1)),
      when(is('size', 2), next, ...sized(2)),
      to(next, ...sized(0)),
    ),
  };
}

/**
 * map_range of the generic page tables, one page: tables are installed by compare-and-exchange on the way down. A large page
 * may take the place of an empty table, which is flushed and then freed.
 */
const mapPage = procedure.createMachine({
  id: 'mapPage',
  context: registers({
    domain: 'ref',
    page: 'int',
    frame: 'int',
    permission: 'int',
    size: 'int',
    isFirst: 'int',
    leafLevel: 'int',
    level: 'int',
    span: 'int',
    rights: 'int',
    table: 'frame',
    child: 'frame',
    there: 'frame',
    errno: 'int',
  }),
  initial: 'bySize',
  states: {
    ...bySize('readFormat'),
    readFormat: run(
      'get',
      { field: 'domain.isFirst', of: reg('domain') },
      to('readRoot', keep('isFirst'), set('level', TOP_LEVEL)),
    ),
    readRoot: run(
      'get',
      { field: 'domain.root', of: reg('domain') },
      to('rights', keep('table'), copy('permission', 'rights')),
    ),
    rights: choose(
      when(is('size', 1), 'isLeafLevel', add('rights', 1 << 2)),
      when(is('size', 2), 'isLeafLevel', add('rights', 2 << 2)),
      to('isLeafLevel'),
    ),
    isLeafLevel: choose(when(same('level', 'leafLevel'), 'readLeaf'), to('readEntry')),
    readEntry: run(
      'nextTable',
      { isFirst: reg('isFirst'), table: reg('table'), page: reg('page'), level: reg('level') },
      [when(result(0), 'allocateTable'), to('isLeafLevel', keep('table'), add('level', -1))],
      'occupied',
    ),
    allocateTable: run('allocateTable', {}, to('installTable', keep('child')), 'noMemory'),
    installTable: run(
      'installTable',
      {
        isFirst: reg('isFirst'),
        table: reg('table'),
        page: reg('page'),
        level: reg('level'),
        child: reg('child'),
      },
      to('wasInstalled', keep('there')),
    ),
    wasInstalled: choose(
      when(same('there', 'child'), 'isLeafLevel', copy('there', 'table'), add('level', -1)),
      to('discardTable'),
    ),
    discardTable: run(
      'freeTable',
      { frame: reg('child') },
      to('isLeafLevel', copy('there', 'table'), add('level', -1)),
    ),
    readLeaf: run(
      'nextTable',
      { isFirst: reg('isFirst'), table: reg('table'), page: reg('page'), level: reg('level') },
      [when(result(0), 'storeLeaf'), to('unlinkTable', keep('child'))],
      'occupied',
    ),
    storeLeaf: run(
      'storeLeaf',
      {
        isFirst: reg('isFirst'),
        table: reg('table'),
        page: reg('page'),
        rights: reg('rights'),
        frame: reg('frame'),
      },
      'mayBeCached',
    ),
    mayBeCached: run('get', { field: 'domain.syncMap', of: reg('domain') }, [
      when(result(0), 'mapped'),
      to('flush'),
    ]),
    flush: run(
      'flushTags',
      { domain: reg('domain'), page: reg('page'), span: reg('span'), onlyIotlb: 1 },
      'mapped',
    ),
    mapped: run('event', { machine: 'domain', event: 'MAP', id: reg('domain') }, 'done'),
    done,
    unlinkTable: run(
      'clearTableLink',
      { table: reg('table'), page: reg('page'), level: reg('level') },
      'storeOver',
    ),
    storeOver: run(
      'storeLeaf',
      {
        isFirst: reg('isFirst'),
        table: reg('table'),
        page: reg('page'),
        rights: reg('rights'),
        frame: reg('frame'),
      },
      'dropTable',
    ),
    dropTable: run(
      'dropTable',
      {
        domain: reg('domain'),
        page: reg('page'),
        span: reg('span'),
        isFirst: reg('isFirst'),
        table: reg('child'),
        level: reg('level'),
      },
      'mapped',
    ),
    occupied: choose(to('failed', set('errno', ERRNO.EADDRINUSE))),
    noMemory: choose(to('failed', set('errno', ERRNO.ENOMEM))),
    failed: fails(reg('errno')),
  },
});

/** Flush what an unlinked table may have left in caches, then free it and the tables below it. */
const dropTable = procedure.createMachine({
  id: 'dropTable',
  context: registers({
    domain: 'ref',
    page: 'int',
    span: 'int',
    isFirst: 'int',
    table: 'frame',
    level: 'int',
    below: 'frame',
  }),
  initial: 'flush',
  states: {
    flush: run(
      'flushTags',
      { domain: reg('domain'), page: reg('page'), span: reg('span') },
      to('collect', add('level', -1)),
    ),
    collect: run('collectTable', { isFirst: reg('isFirst'), root: reg('table'), level: reg('level') }, [
      when(result(0), 'freeTable'),
      to('freeBelow', keep('below')),
    ]),
    freeBelow: run('freeTable', { frame: reg('below') }, 'collect'),
    freeTable: run('freeTable', { frame: reg('table') }, 'dropped'),
    dropped: done,
  },
});

/**
 * unmap_range and iotlb_sync, one page: the entry is cleared, every tag of the domain flushed and awaited, and then the
 * table that hung there, if any, is freed. A part of a large page is not unmapped.
 */
const unmapPage = procedure.createMachine({
  id: 'unmapPage',
  context: registers({
    domain: 'ref',
    page: 'int',
    size: 'int',
    isFirst: 'int',
    leafLevel: 'int',
    level: 'int',
    span: 'int',
    table: 'frame',
    child: 'frame',
    removed: 'int',
  }),
  output: returns('removed'),
  initial: 'bySize',
  states: {
    ...bySize('readFormat'),
    readFormat: run(
      'get',
      { field: 'domain.isFirst', of: reg('domain') },
      to('readRoot', keep('isFirst'), set('level', TOP_LEVEL)),
    ),
    readRoot: run('get', { field: 'domain.root', of: reg('domain') }, to('readEntry', keep('table'))),
    readEntry: run(
      'nextTable',
      { isFirst: reg('isFirst'), table: reg('table'), page: reg('page'), level: reg('level') },
      [when(result(0), 'done'), to('isLeafLevel', keep('child'))],
      'isWhole',
    ),
    isLeafLevel: choose(
      when(same('level', 'leafLevel'), 'unlinkTable'),
      to('readEntry', copy('child', 'table'), add('level', -1)),
    ),
    isWhole: choose(when(same('level', 'leafLevel'), 'clearLeaf'), to('done')),
    clearLeaf: run(
      'clearLeaf',
      { table: reg('table'), page: reg('page'), level: reg('level') },
      to('flush', add('span', LEAF_ONLY)),
    ),
    flush: run('flushTags', { domain: reg('domain'), page: reg('page'), span: reg('span') }, 'unmapped'),
    unlinkTable: run(
      'clearTableLink',
      { table: reg('table'), page: reg('page'), level: reg('level') },
      'dropTable',
    ),
    dropTable: run(
      'dropTable',
      {
        domain: reg('domain'),
        page: reg('page'),
        span: reg('span'),
        isFirst: reg('isFirst'),
        table: reg('child'),
        level: reg('level'),
      },
      'unmapped',
    ),
    unmapped: run(
      'event',
      { machine: 'domain', event: 'UNMAP', id: reg('domain') },
      to('done', copy('leafLevel', 'removed')),
    ),
    done,
  },
});

export const tableProcedures = [mapPage, dropTable, unmapPage];
