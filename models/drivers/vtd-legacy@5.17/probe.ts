import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { choose, done, fails, isNot, keep, run, set, to, when } from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { probeDevice as attachingProbe, releaseDevice as removingRelease } from '../vtd@5.17/devices.js';

/** As in scalable mode; mended by `attach-prepares-first`, the device gets its info here, and keeps it. */
export const probeDevice = (mended: MendQuery) =>
  mended('attach-prepares-first') ? probeWithInfo : attachingProbe;
export const releaseDevice = (mended: MendQuery) =>
  mended('attach-prepares-first') ? releaseWithInfo : removingRelease;

const probeWithInfo = procedure.createMachine({
  id: 'probeDevice',
  context: registers({ device: 'int', blocked: 'int', info: 'ref', domain: 'ref', errno: 'int' }),
  initial: 'tell',
  states: {
    tell: run('event', { machine: 'device', event: 'PROBE', id: reg('device') }, 'createInfo'),
    createInfo: run(
      'create',
      { kind: 'info' },
      to('storeDevice', keep('info')),
      to('undo', set('errno', ERRNO.ENOMEM)),
    ),
    storeDevice: run('set', { field: 'info.device', of: reg('info'), value: reg('device') }, 'setInfo'),
    setInfo: run('setInfo', { device: reg('device'), info: reg('info') }, 'staysBlocked'),
    staysBlocked: choose(when(isNot('blocked', 0), 'probed'), to('findDefault')),
    findDefault: run('defaultDomain', { device: reg('device') }, to('attach', keep('domain'))),
    attach: run(
      'attachRid',
      { device: reg('device'), domain: reg('domain') },
      'probed',
      to('freeInfo', keep('errno')),
    ),
    probed: done,
    freeInfo: run('freeInfo', { device: reg('device') }, 'undo'),
    undo: run('event', { machine: 'device', event: 'RELEASE', id: reg('device') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

const releaseWithInfo = procedure.createMachine({
  id: 'releaseDevice',
  context: registers({ device: 'int' }),
  initial: 'remove',
  states: {
    remove: run('removeDevice', { device: reg('device') }, 'freeInfo'),
    freeInfo: run('freeInfo', { device: reg('device') }, 'tell'),
    tell: run('event', { machine: 'device', event: 'RELEASE', id: reg('device') }, 'released'),
    released: done,
  },
});

/** The info of a device that is attached to nothing. */
export const freeInfo = procedure.createMachine({
  id: 'freeInfo',
  context: registers({ device: 'int', info: 'ref' }),
  initial: 'lockDevices',
  states: {
    lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'findInfo'),
    findInfo: run('infoOf', { device: reg('device') }, to('clearInfo', keep('info'))),
    clearInfo: run('clearInfo', { device: reg('device') }, 'free'),
    free: run('destroy', { kind: 'info', of: reg('info') }, 'unlockDevices'),
    unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'freed'),
    freed: done,
  },
});
