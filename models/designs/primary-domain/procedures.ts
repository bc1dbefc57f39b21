import type { AnyStateMachine } from 'xstate';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { attachDefault, attachDevice, attachGroup, mayJoin, moveToDefault } from './attach.js';
import { createSpace } from './create-space.js';
import { detachAll, detachGroup, leaveGroup } from './detach.js';
import { probe, releaseDevice, removeMember, reset } from './devices.js';
import { freeSpace } from './free-space.js';
import { map } from './map.js';
import { claimOwner, isLent, releaseOwner } from './ownership.js';
import { COUNTS_GROUPS } from './steps.js';
import { removeMapping, unmap } from './unmap.js';

/** The machines that designs built on this one take over as they are. */
export const sharedProcedures = (mended: MendQuery): readonly AnyStateMachine[] => [
  attachGroup(mended),
  claimOwner,
  createSpace,
  detachAll(mended),
  detachGroup,
  leaveGroup,
  map,
  moveToDefault,
  probe,
  releaseOwner,
  removeMapping,
  removeMember,
  reset,
  unmap,
];

/** Those that such a design says more in, by machines of the same names. */
export const ownProcedures = (mended: MendQuery): readonly AnyStateMachine[] => [
  attachDefault,
  attachDevice,
  isLent,
  mayJoin,
  releaseDevice,
  freeSpace(mended('free-refuses-attached') ? COUNTS_GROUPS : 0),
];
