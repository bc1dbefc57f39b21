import { EVERY_PAGE } from '../../../src/hardware/riscv/steps/index.js';
import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  copy,
  done,
  is,
  isNot,
  keep,
  result,
  run,
  same,
  set,
  to,
  when,
} from '../../../src/statechart/states.js';
import { DOMAIN } from './objects.js';

/** From a place in a list of bonds to the bond's device and its IOMMU, one more than its number; then `next`. */
function whoseBond(names: { device: string; iommu: string }, next: string) {
  return {
    [names.device]: run('bondDevice', { place: reg('place') }, to(names.iommu, keep('device'))),
    [names.iommu]: run('deviceFact', { what: 'iommu', device: reg('device') }, to(next, keep('iommu'))),
  };
}

/**
 * riscv_iommu_iotlb_inval and, behind it, the device-TLBs. The list is walked twice: once to send IOTINVAL.VMA to each IOMMU, once to
 * wait for each with an IOFENCE.C. An IOMMU whose last bond goes in between is not waited for: whoever took the bond off has
 * emptied the IOATC there. An address reaches leaves alone, so all of the PSCID is flushed when a table was taken out.
 * ATS.INVAL comes after the wait: the device would be answered from the IOATC (6.3.7).
 */
const flushDomain = procedure.createMachine({
  id: 'flushDomain',
  context: registers({
    domain: 'ref',
    page: 'int',
    span: 'int',
    wasTable: 'int',
    parent: 'ref',
    pscid: 'int',
    gscid: 'int',
    place: 'int',
    device: 'int',
    iommu: 'int',
    lastIommu: 'int',
    ticket: 'int',
  }),
  initial: 'readPscid',
  states: {
    readPscid: run('get', { field: 'domain.pscid', of: reg('domain') }, to('readParent', keep('pscid'))),
    readParent: run('get', { field: 'domain.parent', of: reg('domain') }, [
      when(result(0), 'nextToSend', set('gscid', -1), set('lastIommu', -1)),
      to('readGscid', keep('parent'), set('lastIommu', -1)),
    ]),
    readGscid: run('get', { field: 'domain.gscid', of: reg('parent') }, to('nextToSend', keep('gscid'))),

    nextToSend: run('nextBond', { domain: reg('domain'), after: reg('place') }, [
      when(result(0), 'nextToWait', set('place', 0), set('lastIommu', -1)),
      to('whereToSend', keep('place')),
    ]),
    ...whoseBond({ device: 'whereToSend', iommu: 'whichIommu' }, 'isSent'),
    isSent: choose(when(same('iommu', 'lastIommu'), 'nextToSend'), to('howMuch', copy('iommu', 'lastIommu'))),
    howMuch: choose(when(isNot('wasTable', 0), 'flushSpace'), to('flushPage')),
    flushSpace: run(
      'flushSpace',
      { device: reg('device'), pasid: reg('pscid'), gscid: reg('gscid') },
      'nextToSend',
    ),
    flushPage: run(
      'flushSpacePage',
      { device: reg('device'), pasid: reg('pscid'), gscid: reg('gscid'), page: reg('page') },
      'nextToSend',
    ),

    nextToWait: run('nextBond', { domain: reg('domain'), after: reg('place') }, [
      when(result(0), 'isParent', set('place', 0)),
      to('whereToWait', keep('place')),
    ]),
    ...whoseBond({ device: 'whereToWait', iommu: 'whichWaits' }, 'isWaitedFor'),
    isWaitedFor: choose(
      when(same('iommu', 'lastIommu'), 'nextToWait'),
      to('fence', copy('iommu', 'lastIommu')),
    ),
    fence: run('fence', { device: reg('device') }, to('waitFence', keep('ticket'))),
    waitFence: run('waitFence', { device: reg('device'), ticket: reg('ticket') }, 'nextToWait'),

    isParent: run('get', { field: 'domain.kind', of: reg('domain') }, [
      when(result(DOMAIN.nestParent), 'flushChildren'),
      to('flushDevices'),
    ]),
    flushChildren: run(
      'flushChildren',
      { parent: reg('domain'), page: reg('page'), wasTable: reg('wasTable') },
      'flushDevices',
    ),
    flushDevices: run(
      'flushDevices',
      { domain: reg('domain'), page: reg('page'), span: reg('span') },
      'flushed',
    ),
    flushed: done,
  },
});

/** ATS.INVAL for each bond of the domain whose device has ATS, awaited once an IOMMU. Ours. */
const flushDevices = procedure.createMachine({
  id: 'flushDevices',
  context: registers({
    domain: 'ref',
    page: 'int',
    span: 'int',
    place: 'int',
    device: 'int',
    iommu: 'int',
    pasid: 'int',
    lastDevice: 'int',
    lastIommu: 'int',
    ticket: 'int',
  }),
  initial: 'start',
  states: {
    start: choose(to('next', set('lastIommu', -1))),
    next: run('nextBond', { domain: reg('domain'), after: reg('place') }, [
      when(result(0), 'isAnySent', set('iommu', -1)),
      to('whose', keep('place')),
    ]),
    whose: run('bondDevice', { place: reg('place') }, to('hasAts', keep('device'))),
    hasAts: run('infoAts', { device: reg('device') }, [when(result(0), 'next'), to('whichIommu')]),
    whichIommu: run('deviceFact', { what: 'iommu', device: reg('device') }, to('isAnySent', keep('iommu'))),
    isAnySent: choose(
      when([is('lastIommu', -1), is('iommu', -1)], 'flushed'),
      when(is('lastIommu', -1), 'whichPasid', copy('iommu', 'lastIommu')),
      when(same('iommu', 'lastIommu'), 'whichPasid'),
      to('fence'),
    ),
    fence: run('fence', { device: reg('lastDevice') }, to('waitFence', keep('ticket'))),
    waitFence: run(
      'waitFence',
      { device: reg('lastDevice'), ticket: reg('ticket') },
      to('isLast', copy('iommu', 'lastIommu')),
    ),
    isLast: choose(when(is('iommu', -1), 'flushed'), to('whichPasid')),
    whichPasid: run(
      'bondPasid',
      { place: reg('place') },
      to('byRoute', keep('pasid'), copy('device', 'lastDevice')),
    ),
    byRoute: choose(when(is('pasid', 0), 'flushDeviceTlb'), to('flushProcessDeviceTlb')),
    flushDeviceTlb: run(
      'flushDeviceTlb',
      { device: reg('device'), page: reg('page'), span: reg('span') },
      'next',
    ),
    flushProcessDeviceTlb: run(
      'flushProcessDeviceTlb',
      { device: reg('device'), pasid: reg('pasid'), page: reg('page'), span: reg('span') },
      'next',
    ),
    flushed: done,
  },
});

/**
 * What a change of a parent's table leaves stale for those nested on it (6.3.4). Ours. IOTINVAL.GVMA comes first; then the device
 * contexts, which may hold the guest's root translated; then all that was read through such a root; then the device-TLBs,
 * where any page may be meant. Each round is over for all devices before the next begins, since they share what the IOATC holds.
 */
const flushChildren = procedure.createMachine({
  id: 'flushChildren',
  context: registers({
    parent: 'ref',
    page: 'int',
    wasTable: 'int',
    gscid: 'int',
    round: 'int',
    place: 'int',
    device: 'int',
    ticket: 'int',
  }),
  initial: 'readGscid',
  states: {
    readGscid: run('get', { field: 'domain.gscid', of: reg('parent') }, to('next', keep('gscid'))),
    next: run('nextNestedBond', { parent: reg('parent'), after: reg('place') }, [
      when(result(0), 'isLastRound', set('place', 0), add('round', 1)),
      to('whose', keep('place')),
    ]),
    isLastRound: choose(when(is('round', 4), 'flushed'), to('next')),
    whose: run('bondDevice', { place: reg('place') }, to('byRound', keep('device'))),
    byRound: choose(
      when([is('round', 0), is('wasTable', 0)], 'flushGuestPage'),
      when(is('round', 0), 'flushGuest'),
      when(is('round', 1), 'invalidateContext'),
      when(is('round', 2), 'flushFirst'),
      to('hasAts'),
    ),
    flushGuestPage: run(
      'flushGuestPage',
      { device: reg('device'), gscid: reg('gscid'), page: reg('page') },
      'fence',
    ),
    flushGuest: run('flushGuest', { device: reg('device'), gscid: reg('gscid') }, 'fence'),
    invalidateContext: run('invalidateDevice', { device: reg('device') }, 'fence'),
    flushFirst: run('flushSpaces', { device: reg('device'), gscid: reg('gscid') }, 'fence'),
    hasAts: run('infoAts', { device: reg('device') }, [when(result(0), 'next'), to('flushDeviceTlb')]),
    flushDeviceTlb: run('flushDeviceTlb', { device: reg('device'), page: 0, span: EVERY_PAGE }, 'fence'),
    fence: run('fence', { device: reg('device') }, to('waitFence', keep('ticket'))),
    waitFence: run('waitFence', { device: reg('device'), ticket: reg('ticket') }, 'next'),
    flushed: done,
  },
});

/**
 * A guest's invalidation: of a page, its device-TLB entries; in the IOATC all of the PSCID, since an address would spare upper levels
 * that the guest may have changed. Ours.
 */
const invalidateNested = procedure.createMachine({
  id: 'invalidateNested',
  context: registers({ domain: 'ref', scope: 'int', page: 'int', span: 'int' }),
  initial: 'byScope',
  states: {
    byScope: choose(when(is('scope', 0), 'flush', set('page', 0), set('span', EVERY_PAGE)), to('flush')),
    flush: run(
      'flushDomain',
      { domain: reg('domain'), page: reg('page'), span: reg('span'), wasTable: 1 },
      'invalidated',
    ),
    invalidated: done,
  },
});

export const flushProcedures = [flushDomain, flushDevices, flushChildren, invalidateNested];
