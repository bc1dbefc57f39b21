import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { add, choose, done, is, keep, result, run, set, to, when } from '../../../src/statechart/states.js';
import { LEAF, SLOTS } from './steps/tables.js';

/**
 * Give back a table of a level and every table below it: what dma_pte_list_pagetables() collects, children first. Only the
 * root's entries are cleared: what lies below it nothing points to any more.
 */
function freeTables(level: 2 | 3 | 4, id = `freeTables${level}`, isRoot = level === 4) {
  return procedure.createMachine({
    id,
    context: registers({ table: 'frame', index: 'int', child: 'frame' }),
    initial: 'findSlot',
    states: {
      findSlot: run('nextSlot', { table: reg('table'), from: reg('index') }, [
        when(result(SLOTS), 'freePage'),
        to('readSlot', keep('index')),
      ]),
      readSlot: run('slotTable', { table: reg('table'), index: reg('index'), level }, [
        when(result(LEAF), 'findSlot', add('index', 1)),
        to(isRoot ? 'clearSlot' : 'freeChild', keep('child')),
      ]),
      ...(isRoot
        ? { clearSlot: run('clearSlotAt', { table: reg('table'), index: reg('index') }, 'freeChild') }
        : {}),
      freeChild:
        level === 2
          ? run('freeTable', { frame: reg('child') }, to('findSlot', add('index', 1), set('child', 0)))
          : run(`freeTables${level - 1}`, { table: reg('child') }, to('findSlot', add('index', 1))),
      freePage: run('freeTable', { frame: reg('table') }, 'freed'),
      freed: done,
    },
  });
}

export const freeTables2 = freeTables(2);
export const freeTables3 = freeTables(3);
export const freeTables4 = freeTables(4);
export const freeThreeLevels = freeTables(3, 'freeThreeLevels', true);

/** Free a domain's tables, which are as deep as its IOMMUs can walk. */
export const freeRoot = procedure.createMachine({
  id: 'freeRoot',
  context: registers({ table: 'frame' }),
  initial: 'findLevels',
  states: {
    findLevels: run('tableLevels', {}, [when(result(3), 'freeThree'), to('freeFour')]),
    freeThree: run('freeThreeLevels', { table: reg('table') }, 'freed'),
    freeFour: run('freeTables4', { table: reg('table') }, 'freed'),
    freed: done,
  },
});

/** Free what an entry of level 2 or 3 pointed to. */
export const freeBelow = procedure.createMachine({
  id: 'freeBelow',
  context: registers({ table: 'frame', level: 'int' }),
  initial: 'which',
  states: {
    which: choose(when(is('level', 2), 'freePage'), to('freeTables')),
    freePage: run('freeTable', { frame: reg('table') }, 'freed'),
    freeTables: run('freeTables2', { table: reg('table') }, 'freed'),
    freed: done,
  },
});
