import atomicFailure from '../../properties/atomic-failure.js';
import errnoContract from '../../properties/errno-contract.js';
import exclusiveOwnership from '../../properties/exclusive-ownership.js';
import faultAnswered from '../../properties/fault-answered.js';
import groupCoherence from '../../properties/group-coherence.js';
import hitlessReplace from '../../properties/hitless-replace.js';
import isolation from '../../properties/isolation.js';
import lifecycle from '../../properties/lifecycle.js';
import mappedMeansReachable from '../../properties/mapped-means-reachable.js';
import nestedContainment from '../../properties/nested-containment.js';
import noLeak from '../../properties/no-leak.js';
import noStale from '../../properties/no-stale-iotlb.js';
import noUseAfterFree from '../../properties/no-use-after-free.js';
import oneOrder from '../../properties/one-order.js';
import progress from '../../properties/progress.js';
import type { PropertyDefinition } from '../../src/vocabulary/property.js';

/** Every property, in the order of the names of their files. */
export const properties: readonly PropertyDefinition[] = [
  atomicFailure,
  errnoContract,
  exclusiveOwnership,
  faultAnswered,
  groupCoherence,
  hitlessReplace,
  isolation,
  lifecycle,
  mappedMeansReachable,
  nestedContainment,
  noLeak,
  noStale,
  noUseAfterFree,
  oneOrder,
  progress,
];
