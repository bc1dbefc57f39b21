import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  copy,
  done,
  fails,
  is,
  result,
  run,
  set,
  to,
  when,
} from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { FEATURES } from '../../../src/vocabulary/operations.js';

const AUX = FEATURES.indexOf('aux');

/** iommu_dev_enable_feature(): intel_iommu_enable_auxd(), called by the parent's driver under its device lock. */
export const enableFeature = procedure.createMachine({
  id: 'enableFeature',
  context: registers({ device: 'int', feature: 'int', parent: 'int', errno: 'int' }),
  initial: 'handle',
  states: {
    handle: choose(to('lockParent', copy('device', 'parent'), add('parent', 1))),
    lockParent: run('lock', { family: 'parent', id: reg('parent') }, 'isPresent'),
    isPresent: run('isPresent', { device: reg('device') }, [
      when(result(0), 'unlockFailed', set('errno', ERRNO.ENODEV)),
      to('which'),
    ]),
    which: choose(when(is('feature', AUX), 'hasPasid'), to('hasRequests')),
    hasRequests: run('deviceFact', { what: 'pri', device: reg('device') }, [
      when(result(0), 'unlockFailed', set('errno', ERRNO.ENODEV)),
      to('unlockParent'),
    ]),
    hasPasid: run('deviceFact', { what: 'slots', device: reg('device') }, [
      when(result(0), 'unlockFailed', set('errno', ERRNO.EINVAL)),
      to('lockDevices'),
    ]),
    lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, 'setAux'),
    setAux: run('set', { field: 'parent.aux', of: reg('parent'), value: 1 }, 'unlockDevices'),
    unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'unlockParent'),
    unlockParent: run('unlock', { family: 'parent', id: reg('parent') }, 'enabled'),
    enabled: done,
    unlockFailed: run('unlock', { family: 'parent', id: reg('parent') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/** iommu_dev_disable_feature(): intel_iommu_disable_auxd() does not look at what is attached. */
export const disableFeature = (mended: MendQuery) => {
  const looks = mended('disable-refuses-attached');
  return procedure.createMachine({
    id: 'disableFeature',
    context: registers({ device: 'int', feature: 'int', parent: 'int', errno: 'int' }),
    initial: 'handle',
    states: {
      handle: choose(to('lockParent', copy('device', 'parent'), add('parent', 1))),
      lockParent: run('lock', { family: 'parent', id: reg('parent') }, 'isPresent'),
      isPresent: run('isPresent', { device: reg('device') }, [
        when(result(0), 'unlockFailed', set('errno', ERRNO.ENODEV)),
        to('which'),
      ]),
      which: choose(when(is('feature', AUX), 'lockDevices'), to('unlockParent')),
      lockDevices: run('lock', { family: 'deviceDomain', id: 1 }, looks ? 'anyLinked' : 'clearAux'),
      ...(looks
        ? {
            anyLinked: run('get', { field: 'parent.links', of: reg('parent') }, [
              when(result(0), 'clearAux'),
              to('unlockDevicesFailed', set('errno', ERRNO.EBUSY)),
            ]),
            unlockDevicesFailed: run('unlock', { family: 'deviceDomain', id: 1 }, 'unlockFailed'),
          }
        : {}),
      clearAux: run('clear', { field: 'parent.aux', of: reg('parent') }, 'unlockDevices'),
      unlockDevices: run('unlock', { family: 'deviceDomain', id: 1 }, 'unlockParent'),
      unlockParent: run('unlock', { family: 'parent', id: reg('parent') }, 'disabled'),
      disabled: done,
      unlockFailed: run('unlock', { family: 'parent', id: reg('parent') }, 'failed'),
      failed: fails(reg('errno')),
    },
  });
};
