import type { DesignDefinition, OperationAnswer } from '../../../src/vocabulary/design.js';
import { operations as primary } from '../primary-domain/operations.js';

/** The answer of the primary design, with more refusals or other names. */
function extended<T extends Partial<Extract<OperationAnswer, { procedure: string }>>>(
  answer: OperationAnswer,
  more: T,
) {
  if (!('procedure' in answer)) throw new Error('only what the primary design expresses is extended');
  return { ...answer, ...more, refuses: { ...answer.refuses, ...more.refuses } };
}

export const operations: DesignDefinition['operations'] = {
  ...primary,
  probe: extended(primary.probe, { procedure: 'probeParent' }),
  release: extended(primary.release, { procedure: 'releaseParent' }),
  enableFeature: {
    procedure: 'enableFeature',
    api: 'iommu_dev_enable_feature',
    refuses: { absent: { errno: 'ENODEV' }, noFeature: { errno: ['EINVAL', 'ENODEV'] } },
  },
  disableFeature: {
    procedure: 'disableFeature',
    api: 'iommu_dev_disable_feature',
    refuses: { absent: { errno: 'ENODEV' }, featureBusy: { errno: 'EBUSY' } },
  },
  createSubdevice: {
    procedure: 'createSubdevice',
    api: 'mdev_device_create',
    refuses: { absent: { errno: 'ENODEV' }, noFeature: { errno: 'EINVAL' }, slotExists: { errno: 'EEXIST' } },
  },
  removeSubdevice: {
    procedure: 'removeSubdevice',
    api: 'mdev_device_remove',
    refuses: { absent: { errno: 'void' }, noSlot: { errno: 'void' }, slotAttached: { errno: 'EBUSY' } },
  },
  attach: extended(primary.attach, {
    procedure: 'attach',
    api: 'iommu_attach_group, iommu_aux_attach_device',
    refuses: {
      featureOff: { errno: 'EPERM' },
      auxEnabled: { errno: 'EPERM' },
      othersAttached: { errno: 'EPERM' },
    },
    // No PASID and no page for an entry are both ENODEV; no domain id is ENOSPC.
    shortage: ['EBUSY', 'ENODEV', 'ENOSPC'],
  }),
  detach: extended(primary.detach, {
    procedure: 'detach',
    api: 'iommu_detach_group, iommu_aux_detach_device',
  }),
};
