import { procedure, reg, registers, result as output } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  copy,
  differs,
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
import { ERRNO } from '../../../src/vocabulary/errno.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { LEAF } from './steps/tables.js';

/**
 * iommu_map() down to __domain_mapping() for one page: pfn_to_dma_pte() makes the missing tables on the way, each linked by
 * compare-and-exchange; switch_to_super_page() takes an emptied table out of the way of a large page; then the leaf. No lock
 * protects the tables.
 */
export const mapPage = (mended: MendQuery) => {
  const flushesFirst = mended('superpage-flushes-before-free');
  return procedure.createMachine({
    id: 'mapPage',
    context: registers({
      domain: 'ref',
      page: 'int',
      frame: 'int',
      permission: 'int',
      size: 'int',
      table: 'frame',
      child: 'frame',
      linked: 'frame',
      level: 'int',
      target: 'int',
      span: 'int',
      rights: 'int',
    }),
    initial: 'sizes',
    states: {
      sizes: choose(
        when(
          is('size', 1),
          'readRoot',
          copy('permission', 'rights'),
          add('rights', 4),
          set('target', 2),
          set('span', 9),
        ),
        when(
          is('size', 2),
          'readRoot',
          copy('permission', 'rights'),
          add('rights', 8),
          set('target', 3),
          set('span', 18),
        ),
        to('readRoot', copy('permission', 'rights'), set('target', 1)),
      ),
      readRoot: run('get', { field: 'domain.pgd', of: reg('domain') }, to('findLevels', keep('table'))),
      findLevels: run('tableLevels', {}, to('isTarget', keep('level'))),
      isTarget: choose(
        when(differs('level', 'target'), 'readEntry'),
        when(is('level', 1), 'storeLeaf'),
        to('readSlot'),
      ),
      readEntry: run('tableEntry', { table: reg('table'), page: reg('page'), level: reg('level') }, [
        when(result(0), 'allocateTable'),
        when(result(LEAF), 'mapped'),
        to('isTarget', keep('table'), add('level', -1)),
      ]),
      allocateTable: run('allocateTable', {}, to('linkTable', keep('child')), 'noMemory'),
      linkTable: run(
        'linkTable',
        { table: reg('table'), page: reg('page'), level: reg('level'), child: reg('child') },
        to('isOurs', keep('linked')),
      ),
      isOurs: choose(
        when(same('linked', 'child'), 'isTarget', copy('linked', 'table'), add('level', -1)),
        to('freeLost'),
      ),
      freeLost: run(
        'freeTable',
        { frame: reg('child') },
        to('isTarget', copy('linked', 'table'), add('level', -1)),
      ),

      readSlot: run('tableEntry', { table: reg('table'), page: reg('page'), level: reg('level') }, [
        when(result(0), 'storeLeaf'),
        when(result(LEAF), 'storeLeaf'),
        to('clearSlot', keep('child')),
      ]),
      clearSlot: run(
        'clearSlot',
        { table: reg('table'), page: reg('page'), level: reg('level') },
        flushesFirst ? 'flushSlot' : 'freeOld',
      ),
      freeOld: run(
        'freeBelow',
        { table: reg('child'), level: reg('level') },
        flushesFirst ? 'storeLeaf' : 'flushSlot',
      ),
      flushSlot: run(
        'flushRange',
        { domain: reg('domain'), page: reg('page'), span: reg('span') },
        flushesFirst ? 'freeOld' : 'storeLeaf',
      ),

      storeLeaf: run(
        'storeLeaf',
        { table: reg('table'), page: reg('page'), rights: reg('rights'), frame: reg('frame') },
        'sync',
      ),
      sync: run('syncMap', { domain: reg('domain'), page: reg('page'), span: reg('span') }, 'tell'),
      tell: run('event', { machine: 'domain', event: 'MAP', id: reg('domain') }, 'mapped'),
      mapped: done,
      noMemory: fails(ERRNO.ENOMEM),
    },
  });
};

/**
 * iommu_unmap() for one page: find the entry, clear it, flush, free the tables that hung below it. A table that a cleared leaf
 * leaves empty stays linked.
 */
export const unmapPage = procedure.createMachine({
  id: 'unmapPage',
  context: registers({
    domain: 'ref',
    page: 'int',
    size: 'int',
    table: 'frame',
    child: 'frame',
    level: 'int',
    target: 'int',
    span: 'int',
    removed: 'int',
  }),
  output: output('removed'),
  initial: 'sizes',
  states: {
    sizes: choose(
      when(is('size', 1), 'readRoot', set('target', 2), set('span', 9)),
      when(is('size', 2), 'readRoot', set('target', 3), set('span', 18)),
      to('readRoot', set('target', 1)),
    ),
    readRoot: run('get', { field: 'domain.pgd', of: reg('domain') }, to('findLevels', keep('table'))),
    findLevels: run('tableLevels', {}, to('readEntry', keep('level'))),
    readEntry: run('tableEntry', { table: reg('table'), page: reg('page'), level: reg('level') }, [
      when(result(0), 'flush'),
      when(result(LEAF), 'clearLeaf'),
      to('isTarget', keep('child')),
    ]),
    isTarget: choose(
      when(same('level', 'target'), 'clearTable'),
      to('readEntry', copy('child', 'table'), set('child', 0), add('level', -1)),
    ),
    clearLeaf: run(
      'clearSlot',
      { table: reg('table'), page: reg('page'), level: reg('level') },
      to('flush', copy('level', 'removed')),
    ),
    clearTable: run(
      'clearSlot',
      { table: reg('table'), page: reg('page'), level: reg('level') },
      to('flush', copy('level', 'removed')),
    ),
    flush: run('flushRange', { domain: reg('domain'), page: reg('page'), span: reg('span') }, 'collected'),
    collected: choose(when(isNot('child', 0), 'freeTables'), to('tell')),
    freeTables: run('freeBelow', { table: reg('child'), level: reg('level') }, 'tell'),
    tell: run('event', { machine: 'domain', event: 'UNMAP', id: reg('domain') }, 'unmapped'),
    unmapped: done,
  },
});
