import { defineDriver } from '../../../src/vocabulary/design.js';
import { enableAts, makeContextTable } from '../vtd@5.17/context.js';
import { boot, defaultDomain, detachRid, replaceRid } from '../vtd@5.17/devices.js';
import { allocDomain, freeDomain } from '../vtd@5.17/domains.js';
import { flushDevices, flushRange, syncMap } from '../vtd@5.17/flush.js';
import {
  freeBelow,
  freeRoot,
  freeTables2,
  freeTables3,
  freeTables4,
  freeThreeLevels,
} from '../vtd@5.17/free-tables.js';
import {
  answerGroup,
  disableFaults,
  drainRequests,
  enableFaults,
  handleFaults,
  invalidateNested,
} from '../vtd@5.17/lacking.js';
import { blockingDomain, dropDevice, hasAts } from '../vtd@5.17/later-calls.js';
import { mapPage, unmapPage } from '../vtd@5.17/map-page.js';
import { attachIommu, detachIommu, DOMAIN_IDS, refreshDeviceTlb } from '../vtd@5.17/references.js';
import { disableAts } from '../vtd@5.17/remove-device.js';
import { attachRid } from './attach-rid.js';
import { clearContext, setContext } from './context.js';
import { attachPasid, detachPasid, linkSubdevice, replacePasid, unlinkSubdevice } from './lacking.js';
import { pauseRoute, resumeRoute } from './later-calls.js';
import { mends } from './mends.js';
import { shows } from './shows.js';
import { objects } from './objects.js';
import { freeInfo, probeDevice, releaseDevice } from './probe.js';
import { leaveDomain, removeDevice } from './remove-device.js';
import { steps } from './steps.js';

export default defineDriver({
  name: 'vtd-legacy@5.17',
  title: 'Intel VT-d in legacy mode as in Linux 5.17: a context entry for each device, second-level tables',
  source: 'drivers/iommu/intel/{iommu,dmar}.c of Linux 5.15–5.17',
  hardware: 'vtd-legacy',
  objects,
  pools: { did: DOMAIN_IDS },
  steps,
  procedures: (mended) => [
    boot,
    defaultDomain,
    probeDevice(mended),
    releaseDevice(mended),
    ...(mended('attach-prepares-first') ? [freeInfo] : []),
    allocDomain,
    freeDomain,
    mapPage(mended),
    unmapPage,
    attachRid(mended),
    replaceRid,
    detachRid,
    attachPasid,
    replacePasid,
    detachPasid,
    linkSubdevice,
    unlinkSubdevice,
    invalidateNested,
    enableFaults,
    disableFaults,
    drainRequests,
    handleFaults,
    answerGroup,
    hasAts,
    blockingDomain,
    dropDevice,
    pauseRoute,
    resumeRoute,
    removeDevice(mended),
    leaveDomain,
    makeContextTable,
    setContext,
    clearContext,
    enableAts('legacy', mended('device-tlb-flag-before-ats') ? 'flagFirst' : 'asCoded'),
    disableAts('legacy'),
    attachIommu,
    detachIommu,
    refreshDeviceTlb('legacy'),
    flushRange,
    flushDevices('legacy'),
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
    pasid: { errno: 'EINVAL', reason: 'requests with PASID are blocked in legacy mode' },
    nesting: { errno: 'EOPNOTSUPP', reason: 'a context entry of legacy mode has one table' },
    pri: { errno: 'ENODEV', reason: 'page requests are switched on in scalable mode alone' },
  },
});
