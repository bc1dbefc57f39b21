import { TOP_LEVEL } from '../../../src/hardware/riscv/steps/index.js';
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

/** By size of page: the level of its leaf, and how many bits of page number it spans. */
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

/** The leaf, to be set whatever is there. */
function storeLeaf(next: string) {
  return run(
    'storeLeaf',
    {
      table: reg('table'),
      page: reg('page'),
      level: reg('level'),
      permission: reg('permission'),
      frame: reg('frame'),
    },
    next,
  );
}

/**
 * map_range of the generic page tables, one page: tables are installed by compare-and-exchange on the way down. A large page
 * may take the place of an empty table, which is flushed and then freed. What was not valid is not cached (6.3.8), so that
 * nothing else is flushed.
 */
const mapPage = procedure.createMachine({
  id: 'mapPage',
  context: registers({
    domain: 'ref',
    page: 'int',
    frame: 'int',
    permission: 'int',
    size: 'int',
    leafLevel: 'int',
    level: 'int',
    span: 'int',
    table: 'frame',
    child: 'frame',
    there: 'frame',
    errno: 'int',
  }),
  initial: 'bySize',
  states: {
    ...bySize('readRoot'),
    readRoot: run(
      'get',
      { field: 'domain.root', of: reg('domain') },
      to('isLeafLevel', keep('table'), set('level', TOP_LEVEL)),
    ),
    isLeafLevel: choose(when(same('level', 'leafLevel'), 'readLeaf'), to('readEntry')),
    readEntry: run(
      'nextTable',
      { table: reg('table'), page: reg('page'), level: reg('level') },
      [when(result(0), 'allocateTable'), to('isLeafLevel', keep('table'), add('level', -1))],
      'occupied',
    ),
    allocateTable: run('allocateTable', {}, to('installTable', keep('child')), 'noMemory'),
    installTable: run(
      'installTable',
      { table: reg('table'), page: reg('page'), level: reg('level'), child: reg('child') },
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
      { table: reg('table'), page: reg('page'), level: reg('level') },
      [when(result(0), 'storeLeaf'), to('unlinkTable', keep('child'))],
      'occupied',
    ),
    storeLeaf: storeLeaf('mapped'),
    mapped: run('event', { machine: 'domain', event: 'MAP', id: reg('domain') }, 'done'),
    done,
    unlinkTable: run(
      'clearTableLink',
      { table: reg('table'), page: reg('page'), level: reg('level') },
      'storeOver',
    ),
    storeOver: storeLeaf('dropTable'),
    dropTable: run(
      'dropTable',
      {
        domain: reg('domain'),
        page: reg('page'),
        span: reg('span'),
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

/** iotlb_sync with a table on the freelist: all levels are flushed and awaited, then the table goes with those below it. */
const dropTable = procedure.createMachine({
  id: 'dropTable',
  context: registers({
    domain: 'ref',
    page: 'int',
    span: 'int',
    table: 'frame',
    level: 'int',
    below: 'frame',
  }),
  initial: 'flush',
  states: {
    flush: run(
      'flushDomain',
      { domain: reg('domain'), page: reg('page'), span: reg('span'), wasTable: 1 },
      to('collect', add('level', -1)),
    ),
    collect: run('collectTable', { root: reg('table'), level: reg('level') }, [
      when(result(0), 'freeTable'),
      to('freeBelow', keep('below')),
    ]),
    freeBelow: run('freeTable', { frame: reg('below') }, 'collect'),
    freeTable: run('freeTable', { frame: reg('table') }, 'dropped'),
    dropped: done,
  },
});

/**
 * unmap_range and iotlb_sync, one page: the entry is cleared, every IOMMU of the domain's bonds flushed and awaited, and then the
 * table that hung there, if any, is freed. A part of a large page is not unmapped.
 */
const unmapPage = procedure.createMachine({
  id: 'unmapPage',
  context: registers({
    domain: 'ref',
    page: 'int',
    size: 'int',
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
    ...bySize('readRoot'),
    readRoot: run(
      'get',
      { field: 'domain.root', of: reg('domain') },
      to('readEntry', keep('table'), set('level', TOP_LEVEL)),
    ),
    readEntry: run(
      'nextTable',
      { table: reg('table'), page: reg('page'), level: reg('level') },
      [when(result(0), 'done'), to('isLeafLevel', keep('child'))],
      'isWhole',
    ),
    isLeafLevel: choose(
      when(same('level', 'leafLevel'), 'unlinkTable'),
      to('readEntry', copy('child', 'table'), add('level', -1)),
    ),
    isWhole: choose(when(same('level', 'leafLevel'), 'clearLeaf'), to('done')),
    clearLeaf: run('clearLeaf', { table: reg('table'), page: reg('page'), level: reg('level') }, 'flush'),
    flush: run(
      'flushDomain',
      { domain: reg('domain'), page: reg('page'), span: reg('span'), wasTable: 0 },
      'unmapped',
    ),
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
