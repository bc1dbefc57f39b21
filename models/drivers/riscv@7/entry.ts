import { EVERY_PAGE, STAGES } from '../../../src/hardware/riscv/steps/index.js';
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
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { DOMAIN } from './objects.js';

/**
 * riscv_iommu_iodir_update: make the device context of a device without processes say the domain (0: blocked). A valid context loses V
 * and is invalidated with what the IOATC has by it, and awaited. Then fsc and ta are written and tc last; and all is
 * invalidated once more, though nothing of it can have been cached. Ours: the device-TLB, emptied when the IOATC is, the drain of
 * page requests, iohgatp, and EN_ATS, which identity and blocking do not have.
 *
 * As it is, nothing keeps the IOTINVAL behind the IODIR: executed first, it empties an IOATC that fills again by the context.
 */
function updateContext(mended: MendQuery) {
  const behind = mended('fence-before-iotinval');
  return procedure.createMachine({
    id: 'updateContext',
    context: registers({
      device: 'int',
      domain: 'ref',
      contexts: 'frame',
      hadAts: 'int',
      kind: 'int',
      valid: 'int',
      ats: 'int',
      parent: 'ref',
      gscid: 'int',
      second: 'frame',
      first: 'frame',
      pscid: 'int',
      ticket: 'int',
    }),
    initial: 'findContext',
    states: {
      findContext: run('contextPage', { device: reg('device') }, to('isValid', keep('contexts'))),
      isValid: run('isContextValid', { contexts: reg('contexts'), device: reg('device') }, [
        when(result(0), 'isBlocked'),
        to('allowedAts'),
      ]),
      allowedAts: run(
        'contextAllowsAts',
        { contexts: reg('contexts'), device: reg('device') },
        to('clearValid', keep('hadAts')),
      ),
      clearValid: run(
        'clearContextValid',
        { contexts: reg('contexts'), device: reg('device') },
        'invalidate',
      ),
      invalidate: run('invalidateDevice', { device: reg('device') }, behind ? 'fence' : 'flush'),
      flush: run(
        'flushContext',
        { device: reg('device'), contexts: reg('contexts') },
        behind ? 'hadDeviceTlb' : 'fence',
      ),
      fence: run('fence', { device: reg('device') }, to('waitFence', keep('ticket'))),
      waitFence: run(
        'waitFence',
        { device: reg('device'), ticket: reg('ticket') },
        behind ? 'flush' : 'hadDeviceTlb',
      ),
      hadDeviceTlb: choose(when(is('hadAts', 0), behind ? 'fenceCaches' : 'drain'), to('flushDeviceTlb')),
      flushDeviceTlb: run(
        'flushDeviceTlb',
        { device: reg('device'), page: 0, span: EVERY_PAGE },
        'fenceCaches',
      ),
      fenceCaches: run('fence', { device: reg('device') }, to('waitCaches', keep('ticket'))),
      waitCaches: run('waitFence', { device: reg('device'), ticket: reg('ticket') }, 'drain'),
      drain: run('drainRequests', { device: reg('device'), pasid: 0 }, 'isBlocked'),

      isBlocked: choose(when(is('domain', 0), 'storeFirst'), to('readKind', set('valid', 1))),
      readKind: run('get', { field: 'domain.kind', of: reg('domain') }, to('byKind', keep('kind'))),
      byKind: choose(when(is('kind', DOMAIN.identity), 'storeFirst'), to('readAts')),
      readAts: run('infoAts', { device: reg('device') }, to('readPscid', keep('ats'))),
      readPscid: run('get', { field: 'domain.pscid', of: reg('domain') }, to('byStages', keep('pscid'))),
      byStages: choose(when(is('kind', DOMAIN.nested), 'readGuestTable'), to('readRoot')),
      readRoot: run('get', { field: 'domain.root', of: reg('domain') }, to('storeFirst', keep('first'))),
      readGuestTable: run(
        'get',
        { field: 'domain.guestTable', of: reg('domain') },
        to('readParent', keep('first')),
      ),
      readParent: run('get', { field: 'domain.parent', of: reg('domain') }, to('readGscid', keep('parent'))),
      readGscid: run('get', { field: 'domain.gscid', of: reg('parent') }, to('readSecond', keep('gscid'))),
      readSecond: run('get', { field: 'domain.root', of: reg('parent') }, to('storeFirst', keep('second'))),

      storeFirst: run(
        'storeFirstStage',
        { contexts: reg('contexts'), device: reg('device'), root: reg('first') },
        'storeAttributes',
      ),
      storeAttributes: run(
        'storeAttributes',
        { contexts: reg('contexts'), device: reg('device'), pscid: reg('pscid') },
        'storeSecond',
      ),
      storeSecond: run(
        'storeSecondStage',
        { contexts: reg('contexts'), device: reg('device'), gscid: reg('gscid'), root: reg('second') },
        'storeControl',
      ),
      storeControl: run(
        'storeControl',
        { contexts: reg('contexts'), device: reg('device'), valid: reg('valid'), ats: reg('ats') },
        'invalidateAgain',
      ),
      invalidateAgain: run('invalidateDevice', { device: reg('device') }, 'flushAgain'),
      flushAgain: run('flushContext', { device: reg('device'), contexts: reg('contexts') }, 'fenceAgain'),
      fenceAgain: run('fence', { device: reg('device') }, to('waitAgain', keep('ticket'))),
      waitAgain: run('waitFence', { device: reg('device'), ticket: reg('ticket') }, 'updated'),
      updated: done,
    },
  });
}

/**
 * riscv_iommu_iodir_iotinval: what the IOATC may have by the stages that a context says (6.3.1), not awaited. Ours: of a second stage,
 * IOTINVAL.GVMA too, which the code has as a remark.
 */
const flushContext = procedure.createMachine({
  id: 'flushContext',
  context: registers({ device: 'int', contexts: 'frame', pscid: 'int', gscid: 'int' }),
  initial: 'readStages',
  states: {
    readStages: run('contextStages', { contexts: reg('contexts'), device: reg('device') }, [
      when(result(STAGES.first), 'readPscid'),
      when(result(STAGES.second), 'readGscid'),
      to('flushSpaces'),
    ]),
    flushSpaces: run('flushSpaces', { device: reg('device'), gscid: -1 }, 'flushed'),
    readPscid: run(
      'contextPscid',
      { contexts: reg('contexts'), device: reg('device') },
      to('flushSpace', keep('pscid')),
    ),
    flushSpace: run('flushSpace', { device: reg('device'), pasid: reg('pscid'), gscid: -1 }, 'flushed'),
    readGscid: run(
      'contextGscid',
      { contexts: reg('contexts'), device: reg('device') },
      to('flushGuestSpaces', keep('gscid')),
    ),
    flushGuestSpaces: run('flushSpaces', { device: reg('device'), gscid: reg('gscid') }, 'flushGuest'),
    flushGuest: run('flushGuest', { device: reg('device'), gscid: reg('gscid') }, 'flushed'),
    flushed: done,
  },
});

/**
 * The same for a process context, by which devices with PASIDs translate, process 0 for requests without. Ours, by 6.3.2: V cleared,
 * IODIR.INVAL_PDT, a fence, IOTINVAL.VMA of the PSCID with ATS.INVAL, a fence; then fsc and, with V, ta. Behind the first fence
 * nothing fills a cache by the context again, so the order of the two does not matter. The flush of the last bond would not do for
 * IOTINVAL: another bond may be on the list whose entry is not yet written, or no longer.
 */
const updateProcess = procedure.createMachine({
  id: 'updateProcess',
  context: registers({
    device: 'int',
    pasid: 'int',
    domain: 'ref',
    info: 'int',
    directory: 'frame',
    page: 'frame',
    pscid: 'int',
    root: 'frame',
    ticket: 'int',
  }),
  initial: 'whichInfo',
  states: {
    whichInfo: choose(to('readDirectory', copy('device', 'info'), add('info', 1))),
    readDirectory: run(
      'get',
      { field: 'info.directory', of: reg('info') },
      to('findPage', keep('directory')),
    ),
    findPage: run(
      'processPage',
      { directory: reg('directory'), pasid: reg('pasid') },
      to('isValid', keep('page')),
    ),
    isValid: run('isProcessValid', { page: reg('page'), pasid: reg('pasid') }, [
      when(result(0), 'isBlocked'),
      to('readPscid'),
    ]),
    readPscid: run(
      'processPscid',
      { page: reg('page'), pasid: reg('pasid') },
      to('clearValid', keep('pscid')),
    ),
    clearValid: run('clearProcessValid', { page: reg('page'), pasid: reg('pasid') }, 'invalidate'),
    invalidate: run('invalidateProcess', { device: reg('device'), pasid: reg('pasid') }, 'fence'),
    fence: run('fence', { device: reg('device') }, to('waitFence', keep('ticket'))),
    waitFence: run('waitFence', { device: reg('device'), ticket: reg('ticket') }, 'isBare'),
    isBare: choose(when(is('pscid', 0), 'hasAts'), to('flushSpace')),
    flushSpace: run('flushSpace', { device: reg('device'), pasid: reg('pscid'), gscid: -1 }, 'hasAts'),
    hasAts: run('infoAts', { device: reg('device') }, [when(result(0), 'fenceCaches'), to('byRoute')]),
    byRoute: choose(when(is('pasid', 0), 'flushDeviceTlb'), to('flushProcessDeviceTlb')),
    flushDeviceTlb: run(
      'flushDeviceTlb',
      { device: reg('device'), page: 0, span: EVERY_PAGE },
      'fenceCaches',
    ),
    flushProcessDeviceTlb: run(
      'flushProcessDeviceTlb',
      { device: reg('device'), pasid: reg('pasid'), page: 0, span: EVERY_PAGE },
      'fenceCaches',
    ),
    fenceCaches: run('fence', { device: reg('device') }, to('waitCaches', keep('ticket'))),
    waitCaches: run('waitFence', { device: reg('device'), ticket: reg('ticket') }, 'drain'),
    drain: run('drainRequests', { device: reg('device'), pasid: reg('pasid') }, 'isBlocked'),

    isBlocked: choose(when(is('domain', 0), 'updated'), to('readRoot')),
    // Identity has neither root nor PSCID.
    readRoot: run('get', { field: 'domain.root', of: reg('domain') }, to('readNewPscid', keep('root'))),
    readNewPscid: run('get', { field: 'domain.pscid', of: reg('domain') }, to('storeFirst', keep('pscid'))),
    storeFirst: run(
      'storeProcessFirstStage',
      { page: reg('page'), pasid: reg('pasid'), root: reg('root') },
      'storeAttributes',
    ),
    storeAttributes: run(
      'storeProcessAttributes',
      { page: reg('page'), pasid: reg('pasid'), pscid: reg('pscid') },
      'updated',
    ),
    updated: done,
  },
});

/** Whichever entry the route has: the device context, or a process context. */
const updateRoute = procedure.createMachine({
  id: 'updateRoute',
  context: registers({ device: 'int', pasid: 'int', domain: 'ref' }),
  initial: 'byDevice',
  states: {
    byDevice: run('hasProcesses', { device: reg('device') }, [
      when(result(0), 'updateContext'),
      to('updateProcess'),
    ]),
    updateContext: run('updateContext', { device: reg('device'), domain: reg('domain') }, 'updated'),
    updateProcess: run(
      'updateProcess',
      { device: reg('device'), pasid: reg('pasid'), domain: reg('domain') },
      'updated',
    ),
    updated: done,
  },
});

/**
 * Until no request of the route is left in the page-request queue. Ours. The translation is gone, so that what the device asks for
 * from now on is asked for in vain.
 */
const drainRequests = procedure.createMachine({
  id: 'drainRequests',
  context: registers({ device: 'int', pasid: 'int' }),
  initial: 'canAsk',
  states: {
    canAsk: run('deviceFact', { what: 'pri', device: reg('device') }, [
      when(result(0), 'drained'),
      to('waitDrained'),
    ]),
    waitDrained: run('waitRequestsDrained', { device: reg('device'), pasid: reg('pasid') }, 'drained'),
    drained: done,
  },
});

export const entryProcedures = (mended: MendQuery) => [
  updateContext(mended),
  flushContext,
  updateProcess,
  updateRoute,
  drainRequests,
];
