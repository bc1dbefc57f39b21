import { type DesignDefinition, defineDesign } from '../../../src/vocabulary/design.js';
import { flushThread } from '../page-request-queue.js';
import { removeMapping } from '../primary-domain/unmap.js';
import { attach } from './attach.js';
import { claimOwner } from './claim-owner.js';
import { createSpace } from './create-space.js';
import { detach } from './detach.js';
import { registerFaultHandler, removeHandler, respond, unregisterFaultHandler } from './fault-handler.js';
import { freeSpace } from './free-space.js';
import { groupProcedures } from './group.js';
import { guestInvalidate } from './guest-invalidate.js';
import { map } from './map.js';
import { mends } from './mends.js';
import { objects } from './objects.js';
import { operations } from './operations.js';
import { pageRequestThread } from './page-requests.js';
import { probe } from './probe.js';
import { release } from './release.js';
import { giveBack, releaseOwner } from './release-owner.js';
import { reset, resetFunction } from './reset.js';
import { routeProcedures } from './route.js';
import { steps } from './steps.js';
import { unmap } from './unmap.js';
import { leaveIoasid, parentProcedures, useIoasid } from './use-ioasid.js';

const design: DesignDefinition = defineDesign({
  name: 'ioasid',
  title: 'First-class IOASID: one page table with a list of the routes that may use it',
  source:
    'mails of Jason Gunthorpe, 2021-05-14 and 2021-05-17, "Re: [PATCH 3/6] vfio: remove the unused mdev iommu hook"; never written as code',
  driver: 'vtd@7',
  objects,
  steps,
  procedures: (mended) => [
    useIoasid(mended),
    leaveIoasid(mended),
    ...parentProcedures(mended),
    createSpace(mended),
    freeSpace(mended),
    map,
    removeMapping,
    unmap,
    guestInvalidate,
    ...routeProcedures(mended),
    ...groupProcedures(mended),
    attach(mended),
    detach(mended),
    claimOwner(mended),
    releaseOwner(mended),
    giveBack,
    reset,
    resetFunction,
    probe(mended),
    release(mended),
    registerFaultHandler,
    unregisterFaultHandler,
    removeHandler(mended),
    respond,
    pageRequestThread,
    flushThread,
  ],
  operations,
  agents: [{ name: 'page request thread', procedure: 'pageRequestThread', one: 'iommu' }],
  mends,
  slots: 'always',
  pasidChosenBy: 'caller',
  userDefault: 'blocked',
  attachScope: 'group',
});

export default design;
