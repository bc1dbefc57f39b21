import { EVERY_PAGE } from '../../../src/hardware/smmuv3/steps/index.js';
import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import {
  atLeast,
  below,
  choose,
  copy,
  differs,
  done,
  is,
  keep,
  result,
  run,
  set,
  to,
  when,
} from '../../../src/statechart/states.js';
import { INV } from './objects.js';

/**
 * arm_smmu_domain_inv_range: one command for each entry of the domain's array, in its order. CMD_SYNC is awaited before the stage 1
 * entries of guests are invalidated, before device-TLBs are, and at the end. `span` says how many bits of the page number are
 * covered, with LEAF_ONLY added when no table was freed.
 */
const flushDomain = procedure.createMachine({
  id: 'flushDomain',
  context: registers({
    domain: 'ref',
    page: 'int',
    span: 'int',
    id: 'int',
    locked: 'int',
    key: 'int',
    next: 'int',
    type: 'int',
    nextType: 'int',
    smmu: 'int',
    nextSmmu: 'int',
    device: 'int',
    pasid: 'int',
    ticket: 'int',
  }),
  initial: 'readId',
  states: {
    readId: run('get', { field: 'domain.id', of: reg('domain') }, to('hasDeviceTlbs', keep('id'))),
    hasDeviceTlbs: run('hasDeviceTlbs', { domain: reg('domain') }, [
      when(result(0), 'first'),
      to('lockInvs', set('locked', 1)),
    ]),
    // No device is sent an invalidation once its detach has returned.
    lockInvs: run('lockShared', { family: 'invs', id: reg('domain') }, 'first'),
    first: run('nextInv', { domain: reg('domain'), after: 0 }, [
      when(result(0), 'isLocked'),
      to('readType', keep('key')),
    ]),
    readType: run('invPart', { what: 'type', key: reg('key') }, to('readDevice', keep('type'))),
    readDevice: run('invPart', { what: 'device', key: reg('key') }, to('readSmmu', keep('device'))),
    readSmmu: run('invPart', { what: 'smmu', key: reg('key') }, to('byType', keep('smmu'))),
    byType: choose(
      when(is('type', INV.asid), 'flushPages'),
      when(is('type', INV.vmid), 'flushIntermediate'),
      when(is('type', INV.clearNested), 'flushGuest'),
      when(is('type', INV.wholeDeviceTlb), 'flushWholeDeviceTlb'),
      to('readPasid'),
    ),
    flushPages: run(
      'flushPages',
      { device: reg('device'), asid: reg('id'), vmid: 0, page: reg('page'), span: reg('span') },
      'peek',
    ),
    flushIntermediate: run(
      'flushIntermediate',
      { device: reg('device'), vmid: reg('id'), page: reg('page'), span: reg('span') },
      'peek',
    ),
    // Which guest addresses led to the page nobody knows.
    flushGuest: run('flushGuest', { device: reg('device'), vmid: reg('id') }, 'peek'),
    flushWholeDeviceTlb: run('flushDeviceTlb', { device: reg('device'), page: 0, span: EVERY_PAGE }, 'peek'),
    readPasid: run('invPart', { what: 'pasid', key: reg('key') }, [
      when(result(0), 'flushDeviceTlb'),
      to('flushPasidDeviceTlb', keep('pasid')),
    ]),
    flushDeviceTlb: run(
      'flushDeviceTlb',
      { device: reg('device'), page: reg('page'), span: reg('span') },
      'peek',
    ),
    flushPasidDeviceTlb: run(
      'flushPasidDeviceTlb',
      { device: reg('device'), pasid: reg('pasid'), page: reg('page'), span: reg('span') },
      'peek',
    ),
    peek: run('nextInv', { domain: reg('domain'), after: reg('key') }, [
      when(result(0), 'sync', set('next', 0)),
      to('readNextType', keep('next')),
    ]),
    readNextType: run('invPart', { what: 'type', key: reg('next') }, to('readNextSmmu', keep('nextType'))),
    readNextSmmu: run('invPart', { what: 'smmu', key: reg('next') }, to('endsBatch', keep('nextSmmu'))),
    endsBatch: choose(
      when(differs('smmu', 'nextSmmu'), 'sync'),
      when([below('type', INV.clearNested), is('nextType', INV.clearNested)], 'sync'),
      when([below('type', INV.deviceTlb), atLeast('nextType', INV.deviceTlb)], 'sync'),
      to('advance'),
    ),
    sync: run('sync', { device: reg('device') }, to('wait', keep('ticket'))),
    wait: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'advance'),
    advance: choose(when(is('next', 0), 'isLocked'), to('readType', copy('next', 'key'))),
    isLocked: choose(when(is('locked', 0), 'flushed'), to('unlockInvs')),
    unlockInvs: run('unlockShared', { family: 'invs', id: reg('domain') }, 'flushed'),
    flushed: done,
  },
});

/** arm_smmu_inv_flush_iotlb_tag: an ASID or VMID that is in no array is in no TLB either. */
const flushTag = procedure.createMachine({
  id: 'flushTag',
  context: registers({ domain: 'ref', device: 'int', id: 'int', ticket: 'int' }),
  initial: 'readId',
  states: {
    readId: run('get', { field: 'domain.id', of: reg('domain') }, to('isFirst', keep('id'))),
    isFirst: run('get', { field: 'domain.isFirst', of: reg('domain') }, [
      when(result(0), 'flushVmid'),
      to('flushAsid'),
    ]),
    flushAsid: run('flushAsid', { device: reg('device'), asid: reg('id'), vmid: 0 }, 'sync'),
    flushVmid: run('flushVmid', { device: reg('device'), vmid: reg('id') }, 'sync'),
    sync: run('sync', { device: reg('device') }, to('wait', keep('ticket'))),
    wait: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'flushed'),
    flushed: done,
  },
});

/** arm_smmu_atc_inv_master. Without PASID everything the device keeps is meant, with PASIDs or not. */
const flushDevice = procedure.createMachine({
  id: 'flushDevice',
  context: registers({ device: 'int', pasid: 'int', ticket: 'int' }),
  initial: 'hasPasid',
  states: {
    hasPasid: choose(when(is('pasid', 0), 'flushDeviceTlb'), to('flushPasidDeviceTlb')),
    flushDeviceTlb: run('flushDeviceTlb', { device: reg('device'), page: 0, span: EVERY_PAGE }, 'sync'),
    flushPasidDeviceTlb: run(
      'flushPasidDeviceTlb',
      { device: reg('device'), pasid: reg('pasid'), page: 0, span: EVERY_PAGE },
      'sync',
    ),
    sync: run('sync', { device: reg('device') }, to('wait', keep('ticket'))),
    wait: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'flushed'),
    flushed: done,
  },
});

export const flushProcedures = [flushDomain, flushTag, flushDevice];
