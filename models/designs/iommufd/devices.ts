import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
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
  set,
  to,
  when,
} from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { STATE } from './objects.js';

const MOST_SLOTS = 8;

/**
 * A function-level reset between pci_dev_reset_iommu_prepare and _done. Resets of one group are one after the other.
 *
 * As it was, prepare ends every attachment of the device in its driver and done makes them anew: that can fail; a PASID
 * detached meanwhile is taken away twice; and the blocking domain is named as the one the PASIDs come from.
 */
function resetWithDomains(mended: MendQuery) {
  const pauses = mended('reset-keeps-attachments');
  return procedure.createMachine({
    id: 'resetWithDomains',
    context: registers({
      device: 'int',
      group: 'int',
      state: 'int',
      domain: 'ref',
      old: 'ref',
      entry: 'ref',
      handle: 'ref',
      hwpt: 'ref',
      pasid: 'int',
      mark: 'int',
    }),
    initial: 'whichGroup',
    states: {
      whichGroup: run(
        'groupHandle',
        { device: reg('device') },
        to('lockReset', keep('group'), copy('device', 'mark'), add('mark', 1)),
      ),
      lockReset: run('lock', { family: 'reset', id: reg('group') }, 'hasAts'),
      hasAts: run('deviceFact', { what: 'ats', device: reg('device') }, [
        when(result(0), 'reset'),
        to('lockGroup'),
      ]),

      lockGroup: run('lock', { family: 'groupMutex', id: reg('group') }, 'readState'),
      readState: run('get', { field: 'group.state', of: reg('group') }, [
        when(result(STATE.blocking), 'nextPasid', set('entry', 0)),
        to(pauses ? 'pauseRid' : 'blockRid', set('entry', 0)),
      ]),
      ...(pauses
        ? { pauseRid: run('driver/pauseRoute', { device: reg('device'), pasid: 0 }, 'nextPasid') }
        : {
            blockRid: run('driver/detachRid', { device: reg('device'), domain: reg('domain') }, 'nextPasid'),
          }),
      nextPasid: run('nextPasidEntry', { device: reg('device'), after: reg('entry') }, [
        when(result(0), 'mark'),
        to('readPasid', keep('entry')),
      ]),
      readPasid: run(
        'get',
        { field: 'arrayEntry.pasid', of: reg('entry') },
        to(pauses ? 'pausePasid' : 'readHandle', keep('pasid')),
      ),
      ...(pauses
        ? {
            pausePasid: run('driver/pauseRoute', { device: reg('device'), pasid: reg('pasid') }, 'nextPasid'),
          }
        : {
            readHandle: run(
              'get',
              { field: 'arrayEntry.handle', of: reg('entry') },
              to('readHwpt', keep('handle')),
            ),
            readHwpt: run(
              'get',
              { field: 'attachHandle.hwpt', of: reg('handle') },
              to('readDomain', keep('hwpt')),
            ),
            readDomain: run(
              'get',
              { field: 'hwpt.domain', of: reg('hwpt') },
              to('blockPasid', keep('domain')),
            ),
            blockPasid: run(
              'driver/detachPasid',
              { device: reg('device'), pasid: reg('pasid'), domain: reg('domain') },
              'nextPasid',
            ),
          }),
      mark: run('set', { field: 'group.resetting', of: reg('group'), value: reg('mark') }, 'unlockGroup'),
      unlockGroup: run('unlock', { family: 'groupMutex', id: reg('group') }, 'reset'),

      reset: run('driver/dropDevice', { device: reg('device'), unplugs: 0 }, 'hasPasid'),
      // The PCI core puts the capabilities back as they were.
      hasPasid: run('deviceFact', { what: 'slots', device: reg('device') }, [
        when(result(0), 'hadAts'),
        to('enablePasid'),
      ]),
      enablePasid: run('setControl', { control: 'pasid', device: reg('device'), on: 1 }, 'hadAts'),
      hadAts: run('driver/hasAts', { device: reg('device') }, [
        when(result(0), 'wasMarked'),
        to('enableAts'),
      ]),
      // A driver may have ATS off in a device that has it: while it is attached to nothing.
      wasMarked: run('deviceFact', { what: 'ats', device: reg('device') }, [
        when(result(0), 'unlockReset'),
        to('lockDone'),
      ]),
      enableAts: run('setControl', { control: 'ats', device: reg('device'), on: 1 }, 'hasRequests'),
      hasRequests: run('deviceFact', { what: 'pri', device: reg('device') }, [
        when(result(0), 'lockDone'),
        to('enableRequests'),
      ]),
      enableRequests: run('setControl', { control: 'pri', device: reg('device'), on: 1 }, 'lockDone'),

      lockDone: run('lock', { family: 'groupMutex', id: reg('group') }, 'readStateNow'),
      readStateNow: run(
        'get',
        { field: 'group.state', of: reg('group') },
        to('readDomainNow', keep('state')),
      ),
      readDomainNow: run(
        'get',
        { field: 'group.domain', of: reg('group') },
        to('isBlocking', keep('domain'), set('entry', 0)),
      ),
      isBlocking: choose(when(is('state', STATE.blocking), 'nextBack'), to(pauses ? 'isDefault' : 'setBack')),
      ...(pauses
        ? {
            isDefault: choose(when(is('state', STATE.default), 'findDefault'), to('resumeRid')),
            findDefault: run(
              'driver/defaultDomain',
              { device: reg('device') },
              to('resumeRid', keep('domain')),
            ),
            resumeRid: run(
              'driver/resumeRoute',
              { device: reg('device'), pasid: 0, domain: reg('domain') },
              'nextBack',
            ),
          }
        : {
            setBack: run(
              'setDeviceDomain',
              {
                device: reg('device'),
                state: reg('state'),
                domain: reg('domain'),
                oldState: STATE.blocking,
                old: 0,
              },
              'nextBack',
              'nextBack',
            ),
          }),
      nextBack: run('nextPasidEntry', { device: reg('device'), after: reg('entry') }, [
        when(result(0), 'unmark'),
        to('readPasidBack', keep('entry')),
      ]),
      readPasidBack: run(
        'get',
        { field: 'arrayEntry.pasid', of: reg('entry') },
        to('readHandleBack', keep('pasid')),
      ),
      readHandleBack: run(
        'get',
        { field: 'arrayEntry.handle', of: reg('entry') },
        to('readHwptBack', keep('handle')),
      ),
      readHwptBack: run(
        'get',
        { field: 'attachHandle.hwpt', of: reg('handle') },
        to('readBackDomain', keep('hwpt')),
      ),
      readBackDomain: run(
        'get',
        { field: 'hwpt.domain', of: reg('hwpt') },
        to(pauses ? 'resumePasid' : 'findBlocking', keep('domain')),
      ),
      ...(pauses
        ? {
            resumePasid: run(
              'driver/resumeRoute',
              { device: reg('device'), pasid: reg('pasid'), domain: reg('domain') },
              'nextBack',
            ),
          }
        : {
            findBlocking: run('driver/blockingDomain', {}, to('setPasidBack', keep('old'))),
            setPasidBack: run(
              'driver/replacePasid',
              { device: reg('device'), pasid: reg('pasid'), domain: reg('domain'), old: reg('old') },
              'nextBack',
              'nextBack',
            ),
          }),
      unmark: run('clear', { field: 'group.resetting', of: reg('group') }, 'unlockDone'),
      unlockDone: run('unlock', { family: 'groupMutex', id: reg('group') }, 'unlockReset'),
      unlockReset: run('unlock', { family: 'reset', id: reg('group') }, 'wasReset'),
      wasReset: done,
    },
  });
}

/** A reset asked for by the kernel. A device that is not there is left alone. */
const reset = procedure.createMachine({
  id: 'reset',
  context: registers({ device: 'int' }),
  initial: 'lockDevice',
  states: {
    lockDevice: run('lock', { family: 'device', id: reg('device') }, 'isThere'),
    isThere: run('isPresent', { device: reg('device') }, [when(result(0), 'unlockDevice'), to('reset')]),
    reset: run('resetWithDomains', { device: reg('device') }, 'unlockDevice'),
    unlockDevice: run('unlock', { family: 'device', id: reg('device') }, 'wasReset'),
    wasReset: done,
  },
});

/**
 * Orderly unplug: VFIO closes the device, which ends its attachments, and its user the queue for its page requests; the IOMMU
 * driver lets it go, and then it is gone.
 */
const release = procedure.createMachine({
  id: 'release',
  context: registers({ device: 'int', slot: 'int', group: 'int', owner: 'int', member: 'int' }),
  initial: 'lockDevice',
  states: {
    lockDevice: run('lock', { family: 'device', id: reg('device') }, 'isThere'),
    isThere: run('isPresent', { device: reg('device') }, [
      when(result(0), 'unlockDevice'),
      to('whichGroup', set('slot', MOST_SLOTS - 1)),
    ]),
    whichGroup: run(
      'groupHandle',
      { device: reg('device') },
      to('lockSet', keep('group'), copy('device', 'member'), add('member', 1)),
    ),
    lockSet: run('lock', { family: 'deviceSet', id: reg('group') }, 'detachRoute'),
    detachRoute: run('detachRoute', { device: reg('device'), slot: reg('slot') }, 'isLastRoute'),
    isLastRoute: choose(when(is('slot', 0), 'closeQueue'), to('detachRoute', add('slot', -1))),
    closeQueue: run('closeQueue', { device: reg('device') }, 'lockGroup', 'lockGroup'),
    lockGroup: run('lock', { family: 'groupMutex', id: reg('group') }, 'leaveList'),
    leaveList: run('set', { field: 'member.gone', of: reg('member'), value: 1 }, 'releaseDevice'),
    releaseDevice: run('driver/releaseDevice', { device: reg('device') }, 'unlockGroup'),
    unlockGroup: run('unlock', { family: 'groupMutex', id: reg('group') }, 'unplug'),
    unplug: run('driver/dropDevice', { device: reg('device'), unplugs: 1 }, 'anyLeft'),
    anyLeft: run('nextMember', { group: reg('group'), after: 0 }, [
      when(result(0), 'readOwner'),
      to('unlockSet'),
    ]),
    readOwner: run('get', { field: 'group.owner', of: reg('group') }, [
      when(result(0), 'unlockSet'),
      to('giveBack'),
    ]),
    giveBack: run('giveBackGroup', { group: reg('group') }, 'unlockSet'),
    unlockSet: run('unlock', { family: 'deviceSet', id: reg('group') }, 'unlockDevice'),
    unlockDevice: run('unlock', { family: 'device', id: reg('device') }, 'released'),
    released: done,
  },
});

/** The device is plugged in, taken by the IOMMU driver, and joins what its group translates by. */
const probe = procedure.createMachine({
  id: 'probe',
  context: registers({
    device: 'int',
    group: 'int',
    member: 'int',
    state: 'int',
    domain: 'ref',
    errno: 'int',
  }),
  initial: 'lockDevice',
  states: {
    lockDevice: run('lock', { family: 'device', id: reg('device') }, 'isThere'),
    isThere: run('isPresent', { device: reg('device') }, [
      when(result(0), 'plug'),
      to('unlockDevice', set('errno', ERRNO.EBUSY)),
    ]),
    plug: run(
      'plugDevice',
      { device: reg('device'), present: 1 },
      to('whichGroup', copy('device', 'member'), add('member', 1)),
    ),
    whichGroup: run('groupHandle', { device: reg('device') }, to('lockGroup', keep('group'))),
    lockGroup: run('lock', { family: 'groupMutex', id: reg('group') }, 'readState'),
    readState: run('get', { field: 'group.state', of: reg('group') }, to('readDomain', keep('state'))),
    readDomain: run('get', { field: 'group.domain', of: reg('group') }, to('probeDevice', keep('domain'))),
    // The states other than the default are not 0.
    probeDevice: run(
      'driver/probeDevice',
      { device: reg('device'), blocked: reg('state') },
      'isAttached',
      to('unlockFailed', keep('errno')),
    ),
    isAttached: choose(when(is('state', STATE.domain), 'setDomain'), to('joinList')),
    setDomain: run(
      'setDeviceDomain',
      {
        device: reg('device'),
        state: reg('state'),
        domain: reg('domain'),
        oldState: STATE.blocking,
        old: 0,
      },
      'joinList',
      to('releaseDevice', keep('errno')),
    ),
    joinList: run('clear', { field: 'member.gone', of: reg('member') }, 'unlockGroup'),
    unlockGroup: run('unlock', { family: 'groupMutex', id: reg('group') }, 'unlockProbed'),
    unlockProbed: run('unlock', { family: 'device', id: reg('device') }, 'probed'),
    probed: done,
    releaseDevice: run('driver/releaseDevice', { device: reg('device') }, 'unlockFailed'),
    unlockFailed: run('unlock', { family: 'groupMutex', id: reg('group') }, 'unplug'),
    unplug: run('plugDevice', { device: reg('device'), present: 0 }, 'unlockDevice'),
    unlockDevice: run('unlock', { family: 'device', id: reg('device') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

export const deviceProcedures = (mended: MendQuery) => [resetWithDomains(mended), reset, release, probe];
