import { CONFIG, DEFAULT } from '../../../src/hardware/smmuv3/entries/stream.js';
import { CHANGE } from '../../../src/hardware/smmuv3/steps/index.js';
import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import {
  choose,
  copy,
  add,
  done,
  is,
  keep,
  result,
  run,
  set,
  to,
  when,
} from '../../../src/statechart/states.js';
import { DOMAIN } from './objects.js';

/** arm_smmu_ste_writer_sync_entry. */
const syncStream = procedure.createMachine({
  id: 'syncStream',
  context: registers({ device: 'int', ticket: 'int' }),
  initial: 'flush',
  states: {
    flush: run('flushStream', { device: reg('device') }, 'sync'),
    sync: run('sync', { device: reg('device') }, to('wait', keep('ticket'))),
    wait: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'synced'),
    synced: done,
  },
});

/** arm_smmu_cd_writer_sync_entry. */
const syncContext = procedure.createMachine({
  id: 'syncContext',
  context: registers({ device: 'int', pasid: 'int', ticket: 'int' }),
  initial: 'flush',
  states: {
    flush: run('flushContext', { device: reg('device'), pasid: reg('pasid') }, 'sync'),
    sync: run('sync', { device: reg('device') }, to('wait', keep('ticket'))),
    wait: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'synced'),
    synced: done,
  },
});

/** The entry that the registers describe. */
const TARGET = {
  table: reg('table'),
  device: reg('device'),
  fields: reg('fields'),
  contexts: reg('contexts'),
  root: reg('root'),
} as const;

/** Words 1 to 3 one after the other, remembering whether anything was stored. */
function eachWord(name: string, step: string, end: string) {
  return Object.fromEntries(
    ['1', '2', '3'].map((word, i) => {
      const next = i === 2 ? end : `${name}${i + 2}`;
      return [
        `${name}${word}`,
        run(step, { ...TARGET, word }, [when(result(0), next), to(next, set('changed', 1))]),
      ];
    }),
  );
}

/**
 * arm_smmu_write_entry for a stream table entry. If one word alone has to change, all that the entry ignores is set first, then
 * that word, and what is ignored from then on is cleared last: hardware sees the old entry or the new one. Otherwise the entry is
 * invalid in between. The configuration caches are invalidated after each phase that has stored anything.
 */
const writeStream = procedure.createMachine({
  id: 'writeStream',
  context: registers({
    device: 'int',
    fields: 'int',
    contexts: 'frame',
    root: 'frame',
    iommu: 'int',
    directory: 'frame',
    table: 'frame',
    breaks: 'int',
    changed: 'int',
  }),
  initial: 'whichIommu',
  states: {
    whichIommu: run(
      'deviceFact',
      { what: 'iommu', device: reg('device') },
      to('readDirectory', keep('iommu')),
    ),
    readDirectory: run('streamTable', { iommu: reg('iommu') }, to('findPage', keep('directory'))),
    findPage: run(
      'streamPage',
      { directory: reg('directory'), device: reg('device') },
      to('compare', keep('table')),
    ),
    compare: run('streamChange', TARGET, [
      when(result(CHANGE.none), 'rest1'),
      // S1DSS alone: the words that follow it are the same.
      when(result(2), 'rest1'),
      when(result(1), 'unused1'),
      to('clearValid', set('breaks', 1)),
    ]),

    ...eachWord('unused', 'storeUnusedStream', 'isUnusedChanged'),
    isUnusedChanged: choose(when(is('changed', 0), 'storeFirst'), to('syncUnused')),
    syncUnused: run('syncStream', { device: reg('device') }, to('storeFirst', set('changed', 0))),

    clearValid: run('clearStreamValid', { table: reg('table'), device: reg('device') }, 'syncInvalid'),
    syncInvalid: run('syncStream', { device: reg('device') }, 'rest1'),

    storeFirst: run('storeStream', { ...TARGET, word: '0' }, 'syncFirst'),
    syncFirst: run('syncStream', { device: reg('device') }, 'hadRest'),
    hadRest: choose(when(is('breaks', 0), 'rest1'), to('written')),

    ...eachWord('rest', 'storeStream', 'isRestChanged'),
    isRestChanged: choose(when(is('changed', 0), 'isBroken'), to('syncRest')),
    syncRest: run('syncStream', { device: reg('device') }, to('isBroken', set('changed', 0))),
    isBroken: choose(when(is('breaks', 0), 'written'), to('storeFirst')),
    written: done,
  },
});

/**
 * The stream table entry for a domain (0: blocked) and arm_smmu_install_ste_for_dev. While substreams are in use, context descriptors
 * stay in it, and S1DSS says what becomes of requests without substream. While a route is paused the entry aborts, and resuming sets it.
 */
const installStream = procedure.createMachine({
  id: 'installStream',
  context: registers({
    device: 'int',
    domain: 'ref',
    ats: 'int',
    master: 'int',
    parent: 'ref',
    config: 'int',
    maximum: 'int',
    byDefault: 'int',
    vmid: 'int',
    fields: 'int',
    contexts: 'frame',
    root: 'frame',
  }),
  initial: 'whichMaster',
  states: {
    whichMaster: choose(
      when(is('domain', 0), 'areSubstreamsUsed', copy('device', 'master'), add('master', 1)),
      to('readKind', copy('device', 'master'), add('master', 1)),
    ),
    readKind: run('get', { field: 'domain.kind', of: reg('domain') }, [
      when(result(DOMAIN.paging), 'readContexts', set('byDefault', DEFAULT.zero)),
      when(result(DOMAIN.nestParent), 'readVmid', set('config', CONFIG.second), copy('domain', 'parent')),
      when(result(DOMAIN.nested), 'readGuestTable', set('config', CONFIG.nested)),
      when(
        result(DOMAIN.identity),
        'areSubstreamsUsed',
        set('config', CONFIG.bypass),
        set('byDefault', DEFAULT.bypass),
      ),
      to('areSubstreamsUsed'),
    ]),
    areSubstreamsUsed: run('get', { field: 'master.substreams', of: reg('master') }, [
      when(result(0), 'setOut', set('byDefault', 0)),
      to('readContexts'),
    ]),
    readContexts: run(
      'get',
      { field: 'master.contexts', of: reg('master') },
      to('howMany', keep('contexts'), set('config', CONFIG.first)),
    ),
    howMany: run('substreamBits', { device: reg('device') }, to('setIn', keep('maximum'))),
    readGuestTable: run(
      'get',
      { field: 'domain.guestTable', of: reg('domain') },
      to('readParent', keep('contexts')),
    ),
    readParent: run('get', { field: 'domain.parent', of: reg('domain') }, to('readVmid', keep('parent'))),
    readVmid: run('get', { field: 'domain.id', of: reg('parent') }, to('useVmid', keep('vmid'))),
    useVmid: run('useId', { pool: 'did', id: reg('vmid'), owner: reg('parent') }, 'readRoot'),
    readRoot: run('get', { field: 'domain.root', of: reg('parent') }, to('setOut', keep('root'))),

    setIn: run('set', { field: 'master.inStream', of: reg('master'), value: 1 }, 'pack'),
    setOut: run('clear', { field: 'master.inStream', of: reg('master') }, 'pack'),
    pack: run(
      'streamFields',
      {
        config: reg('config'),
        maximum: reg('maximum'),
        byDefault: reg('byDefault'),
        ats: reg('ats'),
        vmid: reg('vmid'),
      },
      to('isPaused', keep('fields')),
    ),
    isPaused: run('nextPaused', { device: reg('device') }, [when(result(0), 'write'), to('installed')]),
    write: run(
      'writeStream',
      { device: reg('device'), fields: reg('fields'), contexts: reg('contexts'), root: reg('root') },
      'installed',
    ),
    installed: done,
  },
});

/** arm_smmu_write_cd_entry with the descriptor of a stage 1 domain, as {@link writeStream} does. */
const writeContext = procedure.createMachine({
  id: 'writeContext',
  context: registers({
    device: 'int',
    pasid: 'int',
    domain: 'ref',
    master: 'int',
    table: 'frame',
    asid: 'int',
    root: 'frame',
  }),
  initial: 'whichMaster',
  states: {
    whichMaster: choose(to('readContexts', copy('device', 'master'), add('master', 1))),
    readContexts: run('get', { field: 'master.contexts', of: reg('master') }, to('readAsid', keep('table'))),
    readAsid: run('get', { field: 'domain.id', of: reg('domain') }, to('useAsid', keep('asid'))),
    useAsid: run('useId', { pool: 'space', id: reg('asid'), owner: reg('domain') }, 'readRoot'),
    readRoot: run('get', { field: 'domain.root', of: reg('domain') }, to('countsAsUsed', keep('root'))),
    countsAsUsed: choose(when(is('pasid', 0), 'compare'), to('isValid')),
    isValid: run('isContextValid', { table: reg('table'), pasid: reg('pasid') }, [
      when(result(0), 'countSubstream'),
      to('compare'),
    ]),
    countSubstream: run('increment', { field: 'master.substreams', of: reg('master') }, 'compare'),
    compare: run('contextChange', context(), [
      when(result(CHANGE.none), 'written'),
      when(result(CHANGE.breaking), 'clearValid'),
      to('storeTable'),
    ]),
    clearValid: run('clearContextValid', { table: reg('table'), pasid: reg('pasid') }, 'syncInvalid'),
    syncInvalid: run('syncContext', { device: reg('device'), pasid: reg('pasid') }, 'storeTable'),
    storeTable: run('storeContextTable', context(), [when(result(0), 'storeFirst'), to('syncTable')]),
    syncTable: run('syncContext', { device: reg('device'), pasid: reg('pasid') }, 'storeFirst'),
    storeFirst: run('storeContextFirst', context(), 'syncFirst'),
    syncFirst: run('syncContext', { device: reg('device'), pasid: reg('pasid') }, 'written'),
    written: done,
  },
});

function context() {
  return {
    table: reg('table'),
    pasid: reg('pasid'),
    asid: reg('asid'),
    root: reg('root'),
    device: reg('device'),
  };
}

/** arm_smmu_clear_cd: invalid first, then the rest of it. */
const clearContext = procedure.createMachine({
  id: 'clearContext',
  context: registers({ device: 'int', pasid: 'int', master: 'int', table: 'frame' }),
  initial: 'whichMaster',
  states: {
    whichMaster: choose(to('readContexts', copy('device', 'master'), add('master', 1))),
    readContexts: run('get', { field: 'master.contexts', of: reg('master') }, [
      when(result(0), 'cleared'),
      to('isValid', keep('table')),
    ]),
    isValid: run('isContextValid', { table: reg('table'), pasid: reg('pasid') }, [
      when(result(0), 'cleared'),
      to('countsAsUsed'),
    ]),
    countsAsUsed: choose(when(is('pasid', 0), 'clearValid'), to('countSubstream')),
    countSubstream: run('decrement', { field: 'master.substreams', of: reg('master') }, 'clearValid'),
    clearValid: run('clearContextValid', { table: reg('table'), pasid: reg('pasid') }, 'syncInvalid'),
    syncInvalid: run('syncContext', { device: reg('device'), pasid: reg('pasid') }, 'clearTable'),
    clearTable: run('clearContextTable', { table: reg('table'), pasid: reg('pasid') }, 'syncCleared'),
    syncCleared: run('syncContext', { device: reg('device'), pasid: reg('pasid') }, 'cleared'),
    cleared: done,
  },
});

export const entryProcedures = [
  syncStream,
  syncContext,
  writeStream,
  installStream,
  writeContext,
  clearContext,
];
