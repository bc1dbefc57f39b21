import type { WorldShape } from '../../vocabulary/shape.js';

/** A world of one IOMMU and the devices whose requester ids are given, as far as the hardware looks at it. */
export function oracleShape(rids: readonly number[], pages: readonly number[]): WorldShape {
  return {
    name: 'oracle',
    devices: rids.map((rid) => ({
      rid,
      group: 0,
      iommu: 0,
      ats: false,
      pri: false,
      slots: 8,
      pasidBits: 20,
    })),
    iommus: [{ cachingMode: false, firstLevel: true }],
    groups: 1,
    principals: ['kernel'],
    spaces: 1,
    frames: 0,
    tables: 0,
    pages,
    largestSize: 2,
    permissions: [1, 2, 3],
    callers: 1,
    kernelDefault: 'translated',
    spaceKinds: [],
    allocationFailures: 0,
    badCalls: false,
    queue: 1,
    pageRequests: 0,
  };
}
