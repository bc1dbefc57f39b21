import { defineDriver } from '../../../src/vocabulary/design.js';
import { attachRid, inherit, leaveDomain, leaveDomainLocked } from './attach-rid.js';
import { detachRid, pauseRoute, prepareBlocked, probeDevice, resumeRoute } from './blocking.js';
import { enableAts, makeContextTable, setContext } from './context.js';
import { boot, defaultDomain, releaseDevice } from './devices.js';
import { allocDomain, freeDomain } from './domains.js';
import { entryPage, setEntry, tearDownEntry } from './entry.js';
import { flushDevices, flushRange, syncMap } from './flush.js';
import {
  freeBelow,
  freeRoot,
  freeTables2,
  freeTables3,
  freeTables4,
  freeThreeLevels,
} from './free-tables.js';
import {
  answerGroup,
  disableFaults,
  drainRequests,
  enableFaults,
  handleFaults,
  invalidateNested,
} from './lacking.js';
import { blockingDomain, dropDevice, hasAts } from './later-calls.js';
import { mapPage, unmapPage } from './map-page.js';
import { mends } from './mends.js';
import { shows } from './shows.js';
import { objects } from './objects.js';
import { linkPasid, unlinkPasid } from './pasid-links.js';
import { attachPasid, detachPasid } from './pasids.js';
import { attachIommu, detachIommu, DOMAIN_IDS, refreshDeviceTlb } from './references.js';
import { disableAts, freeDirectory, removeDevice } from './remove-device.js';
import { replacePasid, replaceRid } from './replace.js';
import { steps } from './steps/index.js';
import { linkSubdevice, unlinkSubdevice } from './subdevices.js';

export default defineDriver({
  name: 'vtd@5.17',
  title: 'Intel VT-d as in Linux 5.17: device and subdevice lists, PASID entries zeroed word by word',
  source:
    'drivers/iommu/intel/{iommu,pasid,dmar}.c of Linux 5.15–5.17; auxiliary links as removed in 2022-02',
  hardware: 'vtd',
  objects,
  pools: { did: DOMAIN_IDS },
  steps,
  procedures: (mended) => [
    boot,
    defaultDomain,
    probeDevice(mended),
    releaseDevice,
    allocDomain,
    freeDomain,
    mapPage(mended),
    unmapPage,
    attachRid(mended),
    replaceRid(mended),
    detachRid(mended),
    attachPasid,
    detachPasid,
    linkSubdevice(mended),
    unlinkSubdevice,
    linkPasid(mended),
    unlinkPasid,
    replacePasid(mended),
    prepareBlocked,
    blockingDomain,
    hasAts,
    pauseRoute,
    resumeRoute,
    dropDevice,
    invalidateNested,
    enableFaults,
    disableFaults,
    handleFaults,
    answerGroup,
    drainRequests,
    removeDevice,
    disableAts('scalable'),
    freeDirectory,
    leaveDomain,
    leaveDomainLocked,
    inherit,
    makeContextTable,
    setContext,
    enableAts('scalable', mended('device-tlb-flag-follows-links') ? 'flagFirst' : 'asCoded'),
    entryPage,
    setEntry,
    tearDownEntry,
    attachIommu,
    detachIommu,
    refreshDeviceTlb('scalable'),
    flushRange,
    flushDevices('scalable'),
    syncMap,
    freeBelow,
    freeRoot,
    freeThreeLevels,
    freeTables2,
    freeTables3,
    freeTables4,
  ],
  mends,
  shows,
  hitless: [],
  boot: ['boot'],
  lacks: {
    nesting: {
      errno: 'EOPNOTSUPP',
      reason: 'nested entries are written for the guests of SVA alone, not for domains',
    },
    pri: { errno: 'ENODEV', reason: 'page requests reach SVA alone' },
  },
});
