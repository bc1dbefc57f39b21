import { EVERY_PAGE } from '../../../src/hardware/smmuv3/steps/index.js';
import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  copy,
  done,
  is,
  keep,
  result,
  run,
  set,
  to,
  when,
} from '../../../src/statechart/states.js';

/**
 * arm_vsmmu_cache_invalidate with the commands that a guest has for it: TLBI with the VMID of its parent, CMD_SYNC, then CMD_ATC_INV
 * for each of its devices, CMD_SYNC.
 */
const invalidateNested = procedure.createMachine({
  id: 'invalidateNested',
  context: registers({
    domain: 'ref',
    scope: 'int',
    page: 'int',
    span: 'int',
    parent: 'ref',
    vmid: 'int',
    device: 'int',
    after: 'int',
    ticket: 'int',
  }),
  initial: 'readParent',
  states: {
    readParent: run('get', { field: 'domain.parent', of: reg('domain') }, to('readVmid', keep('parent'))),
    readVmid: run('get', { field: 'domain.id', of: reg('parent') }, to('byScope', keep('vmid'))),
    byScope: choose(
      when(is('scope', 0), 'flushAll', set('page', 0), set('span', EVERY_PAGE)),
      to('flushPage'),
    ),
    flushAll: run('flushGuest', { device: 0, vmid: reg('vmid') }, 'sync'),
    flushPage: run(
      'flushGuestPages',
      { device: 0, vmid: reg('vmid'), page: reg('page'), span: reg('span') },
      'sync',
    ),
    sync: run('sync', { device: 0 }, to('wait', keep('ticket'))),
    wait: run('waitQueue', { device: 0, ticket: reg('ticket') }, 'nextDevice'),
    nextDevice: run('nextNestedDevice', { domain: reg('domain'), after: reg('after') }, [
      when(result(0), 'invalidated'),
      to('flushDeviceTlb', keep('after'), copy('after', 'device'), add('device', -1)),
    ]),
    flushDeviceTlb: run(
      'flushDeviceTlb',
      { device: reg('device'), page: reg('page'), span: reg('span') },
      'syncDevice',
    ),
    syncDevice: run('sync', { device: reg('device') }, to('waitDevice', keep('ticket'))),
    waitDevice: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'nextDevice'),
    invalidated: done,
  },
});

export const nestedProcedures = [invalidateNested];
