import { LEAF_ONLY } from '../../../src/hardware/smmuv3/steps/index.js';
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
 * arm_lpae_map_pages, one page: tables are installed by compare-and-exchange on the way down. A large page may take the place of an
 * empty table, which is unlinked, flushed and freed before the page is set.
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
      [when(result(0), 'storeLeaf'), to('dropTable', keep('child'))],
      'occupied',
    ),
    dropTable: run(
      'dropTable',
      {
        domain: reg('domain'),
        page: reg('page'),
        span: reg('span'),
        table: reg('table'),
        child: reg('child'),
        level: reg('level'),
      },
      'storeLeaf',
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
      'mapped',
    ),
    mapped: run('event', { machine: 'domain', event: 'MAP', id: reg('domain') }, 'done'),
    done,
    occupied: choose(to('failed', set('errno', ERRNO.EEXIST))),
    noMemory: choose(to('failed', set('errno', ERRNO.ENOMEM))),
    failed: fails(reg('errno')),
  },
});

/** Unlink a table, flush what it may have left in caches (arm_smmu_tlb_inv_walk), then free it and the tables below it. */
const dropTable = procedure.createMachine({
  id: 'dropTable',
  context: registers({
    domain: 'ref',
    page: 'int',
    span: 'int',
    table: 'frame',
    child: 'frame',
    level: 'int',
    below: 'frame',
  }),
  initial: 'unlinkTable',
  states: {
    unlinkTable: run(
      'clearTableLink',
      { table: reg('table'), page: reg('page'), level: reg('level') },
      'flush',
    ),
    flush: run(
      'flushDomain',
      { domain: reg('domain'), page: reg('page'), span: reg('span') },
      to('collect', add('level', -1)),
    ),
    collect: run('collectTable', { root: reg('child'), level: reg('level') }, [
      when(result(0), 'freeTable'),
      to('freeBelow', keep('below')),
    ]),
    freeBelow: run('freeTable', { frame: reg('below') }, 'collect'),
    freeTable: run('freeTable', { frame: reg('child') }, 'dropped'),
    dropped: done,
  },
});

/**
 * arm_lpae_unmap_pages and arm_smmu_iotlb_sync, one page: the entry is cleared, then everything on the domain's array flushed and
 * awaited. A part of a large page is not unmapped.
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
      when(same('level', 'leafLevel'), 'dropTable'),
      to('readEntry', copy('child', 'table'), add('level', -1)),
    ),
    isWhole: choose(when(same('level', 'leafLevel'), 'clearLeaf'), to('done')),
    clearLeaf: run(
      'clearLeaf',
      { table: reg('table'), page: reg('page'), level: reg('level') },
      to('flush', add('span', LEAF_ONLY)),
    ),
    flush: run('flushDomain', { domain: reg('domain'), page: reg('page'), span: reg('span') }, 'unmapped'),
    dropTable: run(
      'dropTable',
      {
        domain: reg('domain'),
        page: reg('page'),
        span: reg('span'),
        table: reg('table'),
        child: reg('child'),
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
