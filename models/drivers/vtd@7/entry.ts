import { FIRST_LEVEL, NESTED, PASS_THROUGH, SECOND_LEVEL } from '../../../src/hardware/vtd/entries/pasid.js';
import { EVERY_PAGE } from '../../../src/hardware/vtd/steps/index.js';
import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import {
  add,
  below,
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
import { DOMAIN, PASS_THROUGH_DOMAIN_ID } from './objects.js';

/** Words of an entry that this driver writes. */
const USED_WORDS = 3;

/**
 * intel_pasid_setup_*: write an absent entry so that it translates by the domain under the id `did`, the present bit last.
 * The fields of one word are written together: nobody can tell them apart while the entry is absent.
 */
const setupEntry = procedure.createMachine({
  id: 'setupEntry',
  context: registers({
    device: 'int',
    pasid: 'int',
    domain: 'ref',
    did: 'int',
    info: 'int',
    iommu: 'int',
    directory: 'frame',
    table: 'frame',
    kind: 'int',
    type: 'int',
    root: 'frame',
    parent: 'ref',
    guest: 'int',
    ticket: 'int',
    errno: 'int',
  }),
  initial: 'whichIommu',
  states: {
    whichIommu: run(
      'deviceFact',
      { what: 'iommu', device: reg('device') },
      to('lockEntries', keep('iommu'), copy('device', 'info'), add('info', 1)),
    ),
    lockEntries: run('lock', { family: 'pasidEntries', id: reg('iommu') }, 'readDirectory'),
    readDirectory: run(
      'get',
      { field: 'info.directory', of: reg('info') },
      to('findTable', keep('directory')),
    ),
    findTable: run('pasidTable', { directory: reg('directory'), pasid: reg('pasid') }, [
      when(result(0), 'allocateTable'),
      to('isBusy', keep('table')),
    ]),
    allocateTable: run(
      'allocateTable',
      {},
      to('linkTable', keep('table')),
      to('unlockFailed', set('errno', ERRNO.ENODEV)),
    ),
    linkTable: run(
      'linkPasidTable',
      { directory: reg('directory'), pasid: reg('pasid'), table: reg('table') },
      'isBusy',
    ),
    isBusy: run('pasidEntryType', { table: reg('table'), pasid: reg('pasid') }, [
      when(result(0), 'readKind'),
      to('unlockFailed', set('errno', ERRNO.EBUSY)),
    ]),
    readKind: run('get', { field: 'domain.kind', of: reg('domain') }, to('byKind', keep('kind'))),
    byKind: choose(
      when(
        is('kind', DOMAIN.identity),
        'storeType',
        set('type', PASS_THROUGH),
        set('did', PASS_THROUGH_DOMAIN_ID),
      ),
      when(is('kind', DOMAIN.nested), 'readParent', set('type', NESTED)),
      to('readFormat'),
    ),
    readFormat: run('get', { field: 'domain.isFirst', of: reg('domain') }, [
      when(result(0), 'readRoot', set('type', SECOND_LEVEL)),
      to('readFirstRoot', set('type', FIRST_LEVEL)),
    ]),
    readFirstRoot: run(
      'get',
      { field: 'domain.root', of: reg('domain') },
      to('storeFirstTable', keep('root')),
    ),
    storeFirstTable: run(
      'storePasidFirstTable',
      { table: reg('table'), pasid: reg('pasid'), root: reg('root') },
      to('storeType', set('root', 0)),
    ),
    readParent: run(
      'get',
      { field: 'domain.parent', of: reg('domain') },
      to('readGuestTable', keep('parent')),
    ),
    readGuestTable: run(
      'get',
      { field: 'domain.guestTable', of: reg('domain') },
      to('storeGuestTable', keep('guest')),
    ),
    storeGuestTable: run(
      'storePasidFirstTable',
      { table: reg('table'), pasid: reg('pasid'), root: reg('guest') },
      'readParentRoot',
    ),
    readParentRoot: run('get', { field: 'domain.root', of: reg('parent') }, to('storeType', keep('root'))),
    readRoot: run('get', { field: 'domain.root', of: reg('domain') }, to('storeType', keep('root'))),
    storeType: run(
      'storePasidType',
      { table: reg('table'), pasid: reg('pasid'), type: reg('type'), root: reg('root') },
      'storeDomain',
    ),
    storeDomain: run('storePasidDomain', { table: reg('table'), pasid: reg('pasid'), did: reg('did') }, [
      to('isOwnId'),
    ]),
    isOwnId: choose(when(is('did', PASS_THROUGH_DOMAIN_ID), 'setPresent'), to('useId')),
    useId: run('useId', { pool: 'did', id: reg('did'), owner: reg('domain') }, 'setPresent'),
    setPresent: run('setPasidPresent', { table: reg('table'), pasid: reg('pasid') }, 'unlockEntries'),
    unlockEntries: run('unlock', { family: 'pasidEntries', id: reg('iommu') }, 'mayBeCached'),
    // Only hardware that keeps not-present results can have the absent entry cached.
    mayBeCached: run('iommuFact', { what: 'cachingMode', iommu: reg('iommu') }, [
      when(result(0), 'isSet'),
      to('flushPasidCache'),
    ]),
    flushPasidCache: run(
      'flushPasidCache',
      { device: reg('device'), did: reg('did'), pasid: reg('pasid') },
      to('waitPasidCache', keep('ticket')),
    ),
    waitPasidCache: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'flushIotlb'),
    flushIotlb: run(
      'flushPasidIotlb',
      { device: reg('device'), did: reg('did'), pasid: reg('pasid') },
      to('waitIotlb', keep('ticket')),
    ),
    waitIotlb: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'isSet'),
    isSet: done,
    unlockFailed: run('unlock', { family: 'pasidEntries', id: reg('iommu') }, 'failed'),
    failed: fails(reg('errno')),
  },
});

/**
 * intel_pasid_tear_down_entry: the present bit first, then the flushes that end every use of the entry, then the rest of it.
 * Requests that came in by the entry are drained if the device has page faults on.
 */
const tearDownEntry = procedure.createMachine({
  id: 'tearDownEntry',
  context: registers({
    device: 'int',
    pasid: 'int',
    info: 'int',
    iommu: 'int',
    directory: 'frame',
    table: 'frame',
    type: 'int',
    did: 'int',
    ticket: 'int',
    word: 'int',
  }),
  initial: 'whichIommu',
  states: {
    whichIommu: run(
      'deviceFact',
      { what: 'iommu', device: reg('device') },
      to('lockEntries', keep('iommu'), copy('device', 'info'), add('info', 1)),
    ),
    lockEntries: run('lock', { family: 'pasidEntries', id: reg('iommu') }, 'readDirectory'),
    readDirectory: run(
      'get',
      { field: 'info.directory', of: reg('info') },
      to('findTable', keep('directory')),
    ),
    findTable: run('pasidTable', { directory: reg('directory'), pasid: reg('pasid') }, [
      when(result(0), 'unlockAbsent'),
      to('readType', keep('table')),
    ]),
    readType: run('pasidEntryType', { table: reg('table'), pasid: reg('pasid') }, [
      when(result(0), 'unlockAbsent'),
      to('readDomain', keep('type')),
    ]),
    unlockAbsent: run('unlock', { family: 'pasidEntries', id: reg('iommu') }, 'isDown'),
    readDomain: run(
      'pasidEntryDomain',
      { table: reg('table'), pasid: reg('pasid') },
      to('clearPresent', keep('did')),
    ),
    clearPresent: run('clearPasidPresent', { table: reg('table'), pasid: reg('pasid') }, 'unlockEntries'),
    unlockEntries: run('unlock', { family: 'pasidEntries', id: reg('iommu') }, 'flushPasidCache'),
    flushPasidCache: run(
      'flushPasidCache',
      { device: reg('device'), did: reg('did'), pasid: reg('pasid') },
      to('waitPasidCache', keep('ticket')),
    ),
    waitPasidCache: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'byType'),
    byType: choose(
      when(is('type', FIRST_LEVEL), 'flushPasidIotlb'),
      when(is('type', PASS_THROUGH), 'flushPasidIotlb'),
      to('flushIotlb'),
    ),
    flushPasidIotlb: run(
      'flushPasidIotlb',
      { device: reg('device'), did: reg('did'), pasid: reg('pasid') },
      to('waitIotlb', keep('ticket')),
    ),
    flushIotlb: run(
      'flushIotlbDomain',
      { device: reg('device'), did: reg('did') },
      to('waitIotlb', keep('ticket')),
    ),
    waitIotlb: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'hasAts'),
    hasAts: run('infoAts', { device: reg('device') }, [when(result(0), 'zero'), to('isThere')]),
    // An invalidation sent to a device that is gone would never complete.
    isThere: run('isPresent', { device: reg('device') }, [when(result(0), 'zero'), to('byRoute')]),
    byRoute: choose(when(is('pasid', 0), 'flushDeviceTlb'), to('flushPasidDeviceTlb')),
    flushDeviceTlb: run(
      'flushDeviceTlb',
      { device: reg('device'), page: 0, span: EVERY_PAGE },
      to('waitDeviceTlb', keep('ticket')),
    ),
    flushPasidDeviceTlb: run(
      'flushPasidDeviceTlb',
      { device: reg('device'), pasid: reg('pasid'), page: 0, span: EVERY_PAGE },
      to('waitDeviceTlb', keep('ticket')),
    ),
    waitDeviceTlb: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'zero'),
    zero: run(
      'zeroPasidWord',
      { table: reg('table'), pasid: reg('pasid'), word: reg('word') },
      to('isZero', add('word', 1)),
    ),
    isZero: choose(when(below('word', USED_WORDS), 'zero'), to('drain')),
    drain: run('drainRequests', { device: reg('device'), pasid: reg('pasid') }, 'isDown'),
    isDown: done,
  },
});

/**
 * intel_iommu_drain_pasid_prq: until no request of the route is left in the hardware queue. As it is, nothing is done for a
 * device without a domain that handles page faults. The flushes of the real procedure that push requests still on their way
 * are left out: the modelled device has none.
 */
function drainRequests(mended: MendQuery) {
  return procedure.createMachine({
    id: 'drainRequests',
    context: registers({ device: 'int', pasid: 'int', info: 'int' }),
    initial: 'canAsk',
    states: {
      canAsk: run('deviceFact', { what: 'pri', device: reg('device') }, [
        when(result(0), 'drained'),
        to(mended('drain-always') ? 'waitDrained' : 'hasFaults', copy('device', 'info'), add('info', 1)),
      ]),
      ...(mended('drain-always')
        ? {}
        : {
            hasFaults: run('get', { field: 'info.faults', of: reg('info') }, [
              when(result(0), 'drained'),
              to('waitDrained'),
            ]),
          }),
      waitDrained: run('waitRequestsDrained', { device: reg('device'), pasid: reg('pasid') }, 'drained'),
      drained: done,
    },
  });
}

export const entryProcedures = (mended: MendQuery) => [setupEntry, tearDownEntry, drainRequests(mended)];
