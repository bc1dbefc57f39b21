import { procedure, reg, registers, result as output } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  done,
  fails,
  isNot,
  keep,
  result,
  run,
  same,
  to,
  when,
} from '../../../src/statechart/states.js';
import { SPACE_KINDS } from '../../../src/vocabulary/operations.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { IDENTITY } from './objects.js';

/**
 * iommu_probe_device(): the device is attached to the default domain that the world asks for, unless it is to stay blocked. The
 * driver has nothing of a blocked device; mended by `reattach-keeps-table` it has a context entry and a table for PASIDs.
 */
export const probeDevice = probeWith('nothing');
export const preparingProbe = probeWith('prepared');

function probeWith(ofBlocked: 'nothing' | 'prepared') {
  const prepares = ofBlocked === 'prepared';
  return procedure.createMachine({
    id: 'probeDevice',
    context: registers({ device: 'int', blocked: 'int', domain: 'ref', errno: 'int' }),
    initial: 'tell',
    states: {
      tell: run('event', { machine: 'device', event: 'PROBE', id: reg('device') }, 'staysBlocked'),
      staysBlocked: choose(when(isNot('blocked', 0), prepares ? 'prepare' : 'probed'), to('findDefault')),
      findDefault: run('defaultDomain', { device: reg('device') }, to('attach', keep('domain'))),
      attach: run(
        'attachRid',
        { device: reg('device'), domain: reg('domain') },
        'probed',
        to('undo', keep('errno')),
      ),
      ...(prepares
        ? {
            prepare: run('prepareBlocked', { device: reg('device') }, 'probed', to('undo', keep('errno'))),
          }
        : {}),
      probed: done,
      undo: run('event', { machine: 'device', event: 'RELEASE', id: reg('device') }, 'failed'),
      failed: fails(reg('errno')),
    },
  });
}

/**
 * The default domain of the device's group. Identity is one for all; an empty one stands for those in which the kernel has
 * mapped nothing.
 */
export const defaultDomain = procedure.createMachine({
  id: 'defaultDomain',
  context: registers({ device: 'int', domain: 'ref' }),
  output: output('domain'),
  initial: 'which',
  states: {
    which: run('kernelDefault', {}, [when(result(0), 'getEmpty'), to('getIdentity')]),
    getEmpty: run('get', { field: 'defaults.translated', of: 1 }, to('found', keep('domain'))),
    getIdentity: run('get', { field: 'defaults.identity', of: 1 }, to('found', keep('domain'))),
    found: done,
  },
});

/** intel_iommu_release_device(). */
export const releaseDevice = procedure.createMachine({
  id: 'releaseDevice',
  context: registers({ device: 'int' }),
  initial: 'remove',
  states: {
    remove: run('removeDevice', { device: reg('device') }, 'tell'),
    tell: run('event', { machine: 'device', event: 'RELEASE', id: reg('device') }, 'released'),
    released: done,
  },
});

/** intel_iommu_detach_device(): the device is left without a context entry. */
export const detachRid = procedure.createMachine({
  id: 'detachRid',
  context: registers({ device: 'int', domain: 'ref' }),
  initial: 'remove',
  states: { remove: run('removeDevice', { device: reg('device') }, 'detached'), detached: done },
});

/** The era has no replace: attaching again removes the old attachment first. */
export const replaceRid = procedure.createMachine({
  id: 'replaceRid',
  context: registers({ device: 'int', domain: 'ref', old: 'ref', errno: 'int' }),
  initial: 'attach',
  states: {
    attach: run(
      'attachRid',
      { device: reg('device'), domain: reg('domain') },
      'replaced',
      to('failed', keep('errno')),
    ),
    replaced: done,
    failed: fails(reg('errno')),
  },
});

/**
 * As init_dmars() and the first probe leave the machine: root tables, the identity domain, an empty default domain, and every
 * device attached to the default that the world asks for.
 */
export const boot = procedure.createMachine({
  id: 'boot',
  context: registers({
    iommu: 'int',
    iommus: 'int',
    root: 'frame',
    domain: 'ref',
    pgd: 'frame',
    device: 'int',
    devices: 'int',
  }),
  initial: 'countIommus',
  states: {
    countIommus: run('countOf', { what: 'iommus' }, to('eachIommu', keep('iommus'))),
    eachIommu: choose(when(same('iommu', 'iommus'), 'createIdentity'), to('allocateRoot')),
    allocateRoot: run('allocateTable', {}, to('setRoot', keep('root')), 'failed'),
    setRoot: run(
      'setRootTable',
      { iommu: reg('iommu'), table: reg('root') },
      to('eachIommu', add('iommu', 1)),
    ),
    createIdentity: run('create', { kind: 'domain' }, to('storeKind', keep('domain')), 'failed'),
    storeKind: run('set', { field: 'domain.kind', of: reg('domain'), value: IDENTITY }, 'tellIdentity'),
    tellIdentity: run('event', { machine: 'domain', event: 'CREATE', id: reg('domain') }, 'storeIdentity'),
    storeIdentity: run('set', { field: 'defaults.identity', of: 1, value: reg('domain') }, 'createEmpty'),
    createEmpty: run(
      'allocDomain',
      { kind: SPACE_KINDS.indexOf('paging'), parent: 0 },
      to('storeEmpty', keep('domain')),
      'failed',
    ),
    storeEmpty: run('set', { field: 'defaults.translated', of: 1, value: reg('domain') }, 'countDevices'),
    countDevices: run('countOf', { what: 'devices' }, to('eachDevice', keep('devices'))),
    eachDevice: choose(when(same('device', 'devices'), 'booted'), to('probe')),
    probe: run('probeDevice', { device: reg('device') }, to('eachDevice', add('device', 1)), 'failed'),
    booted: done,
    failed: fails(ERRNO.ENOMEM),
  },
});
