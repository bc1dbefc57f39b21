import { PASS_THROUGH, SECOND_LEVEL } from '../../../src/hardware/vtd/entries/pasid.js';
import { EVERY_PAGE } from '../../../src/hardware/vtd/steps/index.js';
import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import {
  add,
  below,
  choose,
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
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { IDENTITY } from './objects.js';

/** Domain id of pass-through entries: FLPT_DEFAULT_DID. */
export const PASS_THROUGH_DID = 1;
/** Words of a PASID entry. */
const WORDS = 8;

/**
 * intel_pasid_get_entry(): the page of the PASID entry, made if the directory has none there. The directory entry appears
 * present with no flush.
 */
export const entryPage = procedure.createMachine({
  id: 'entryPage',
  context: registers({ directory: 'frame', pasid: 'int', page: 'frame' }),
  initial: 'look',
  states: {
    look: run('pasidPage', { directory: reg('directory'), pasid: reg('pasid') }, [
      when(result(0), 'allocatePage'),
      to('there'),
    ]),
    allocatePage: run('allocateTable', {}, to('linkPage', keep('page')), 'noMemory'),
    linkPage: run(
      'linkPasidPage',
      { directory: reg('directory'), pasid: reg('pasid'), page: reg('page') },
      'there',
    ),
    there: done,
    noMemory: fails(ERRNO.ENOMEM),
  },
});

/**
 * intel_pasid_setup_second_level(), and intel_pasid_setup_pass_through() for the identity domain: an absent entry is filled, its
 * present bit last. Called with the IOMMU's lock held.
 */
export const setEntry = procedure.createMachine({
  id: 'setEntry',
  context: registers({
    device: 'int',
    iommu: 'int',
    pasid: 'int',
    domain: 'ref',
    directory: 'frame',
    page: 'frame',
    pgd: 'frame',
    did: 'int',
    ticket: 'int',
  }),
  initial: 'getPage',
  states: {
    getPage: run('entryPage', { directory: reg('directory'), pasid: reg('pasid') }, 'findPage', 'noEntry'),
    findPage: run(
      'pasidPage',
      { directory: reg('directory'), pasid: reg('pasid') },
      to('isPresent', keep('page')),
    ),
    isPresent: run('entryType', { page: reg('page'), pasid: reg('pasid') }, [
      when(result(0), 'readKind'),
      to('present'),
    ]),
    readKind: run('get', { field: 'domain.kind', of: reg('domain') }, [
      when(result(IDENTITY), 'storePassThroughDid', set('did', PASS_THROUGH_DID)),
      to('readDid'),
    ]),
    readDid: run('didOn', { domain: reg('domain'), iommu: reg('iommu') }, to('storeDid', keep('did'))),
    storeDid: run('storeEntryDid', { page: reg('page'), pasid: reg('pasid'), did: reg('did') }, 'readRoot'),
    readRoot: run('get', { field: 'domain.pgd', of: reg('domain') }, to('storeTable', keep('pgd'))),
    storeTable: run(
      'storeEntryTable',
      { page: reg('page'), pasid: reg('pasid'), type: SECOND_LEVEL, table: reg('pgd') },
      'setPresent',
    ),
    storePassThroughDid: run(
      'storeEntryDid',
      { page: reg('page'), pasid: reg('pasid'), did: PASS_THROUGH_DID },
      'storePassThrough',
    ),
    storePassThrough: run(
      'storeEntryTable',
      { page: reg('page'), pasid: reg('pasid'), type: PASS_THROUGH, table: 0 },
      'setPresent',
    ),
    setPresent: run('presentEntry', { page: reg('page'), pasid: reg('pasid') }, 'tellDomain'),
    tellDomain: run('event', { machine: 'domain', event: 'ATTACH', id: reg('domain') }, 'isCaching'),
    isCaching: run('iommuFact', { what: 'cachingMode', iommu: reg('iommu') }, [
      when(result(0), 'wasSet'),
      to('flushPasidCache'),
    ]),
    flushPasidCache: run(
      'flushPasidCache',
      { device: reg('device'), did: reg('did'), pasid: reg('pasid') },
      to('awaitPasidCache', keep('ticket')),
    ),
    awaitPasidCache: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'flushIotlb'),
    flushIotlb: run(
      'flushPasidIotlb',
      { device: reg('device'), did: reg('did'), pasid: reg('pasid') },
      to('awaitIotlb', keep('ticket')),
    ),
    awaitIotlb: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'wasSet'),
    wasSet: done,
    noEntry: fails(ERRNO.ENODEV),
    present: fails(ERRNO.EBUSY),
  },
});

/**
 * intel_pasid_tear_down_entry(): the entry is zeroed word by word while it is present, then its PASID-cache entry, the IOTLB and
 * the device-TLB are flushed, each with its own wait.
 */
export const tearDownEntry = procedure.createMachine({
  id: 'tearDownEntry',
  context: registers({
    device: 'int',
    iommu: 'int',
    pasid: 'int',
    info: 'ref',
    domain: 'ref',
    directory: 'frame',
    page: 'frame',
    type: 'int',
    did: 'int',
    word: 'int',
    ticket: 'int',
  }),
  initial: 'readDirectory',
  states: {
    readDirectory: run('get', { field: 'info.directory', of: reg('info') }, [
      when(result(0), 'gone'),
      to('findPage', keep('directory')),
    ]),
    findPage: run('pasidPage', { directory: reg('directory'), pasid: reg('pasid') }, [
      when(result(0), 'gone'),
      to('readType', keep('page')),
    ]),
    readType: run('entryType', { page: reg('page'), pasid: reg('pasid') }, [
      when(result(0), 'gone'),
      to('readDid', keep('type')),
    ]),
    readDid: run('entryDid', { page: reg('page'), pasid: reg('pasid') }, to('zeroWord', keep('did'))),
    zeroWord: run(
      'zeroEntryWord',
      { page: reg('page'), pasid: reg('pasid'), word: reg('word') },
      to('moreWords', add('word', 1)),
    ),
    moreWords: choose(when(below('word', WORDS), 'zeroWord'), to('tellDomain')),
    tellDomain: run('event', { machine: 'domain', event: 'DETACH', id: reg('domain') }, 'flushPasidCache'),
    flushPasidCache: run(
      'flushPasidCache',
      { device: reg('device'), did: reg('did'), pasid: reg('pasid') },
      to('awaitPasidCache', keep('ticket')),
    ),
    awaitPasidCache: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'whichIotlb'),
    whichIotlb: choose(when(is('type', PASS_THROUGH), 'flushPasidIotlb'), to('flushIotlb')),
    flushPasidIotlb: run(
      'flushPasidIotlb',
      { device: reg('device'), did: reg('did'), pasid: reg('pasid') },
      to('awaitIotlb', keep('ticket')),
    ),
    flushIotlb: run(
      'flushIotlbDomain',
      { device: reg('device'), did: reg('did') },
      to('awaitIotlb', keep('ticket')),
    ),
    awaitIotlb: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'isCaching'),
    isCaching: run('iommuFact', { what: 'cachingMode', iommu: reg('iommu') }, [
      when(result(0), 'readAts'),
      to('gone'),
    ]),
    readAts: run('get', { field: 'info.ats', of: reg('info') }, [when(result(0), 'gone'), to('whichDevTlb')]),
    whichDevTlb: choose(when(is('pasid', 0), 'flushDevTlb'), to('flushPasidDevTlb')),
    flushDevTlb: run(
      'flushDeviceTlb',
      { device: reg('device'), page: 0, span: EVERY_PAGE },
      to('awaitDevTlb', keep('ticket')),
    ),
    flushPasidDevTlb: run(
      'flushPasidDeviceTlb',
      { device: reg('device'), pasid: reg('pasid'), page: 0, span: EVERY_PAGE },
      to('awaitDevTlb', keep('ticket')),
    ),
    awaitDevTlb: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'gone'),
    gone: done,
  },
});
