/** Causes that flaws of designs have on this driver, by the mend that ends them. */
export const shows: Readonly<Record<string, readonly string[]>> = {
  'default-pasid-under-lock': [
    'lifecycle:pasid SET while free:vtd@7/setupEntry/unlockEntries',
    'lifecycle:pasid SET while free:vtd@7/setupEntry/waitIotlb',
  ],
  'free-refuses-attached': ['lifecycle:domain FREE while live in a call to refuse:vtd@7/freeDomain/freeRoot'],
  'free-refuses-subdevices': [
    'lifecycle:domain FREE while live in a call to refuse:vtd@7/freeDomain/freeRoot',
    'lifecycle:domain FREE while live:vtd@7/freeDomain/freeRoot',
    'no-stale-iotlb:PASID-cache entry of a freed frame in a call to refuse:vtd@7/freeDomain/freeRoot',
    'no-stale-iotlb:PASID-cache entry of a freed frame:vtd@7/freeDomain/freeRoot',
    'no-stale-iotlb:second-stage paging-structure-cache entry of a freed frame:vtd@7/freeDomain/freeTable',
  ],
};
