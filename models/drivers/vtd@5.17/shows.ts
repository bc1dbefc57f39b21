/** Causes that flaws of designs have on this driver, by the mend that ends them. */
export const shows: Readonly<Record<string, readonly string[]>> = {
  'attach-walks-group': ['mapped-means-reachable:translation:vtd@5.17/tearDownEntry/zeroWord'],
  'calls-hold-the-ioasid': [
    'lifecycle:domain MAP while freed in a call to refuse:vtd@5.17/mapPage/storeLeaf',
    'lifecycle:domain MAP while freed:vtd@5.17/mapPage/storeLeaf',
  ],
  'detach-during-reset': [
    'isolation:access in flight (second stage):vtd@5.17/setEntry/setPresent',
    'isolation:device-TLB entry:vtd@5.17/setEntry/setPresent',
    'isolation:translated access in flight:vtd@5.17/setEntry/setPresent',
  ],
  'list-follows-entry': [
    'lifecycle:domain ATTACH while freed:vtd@5.17/setEntry/setPresent',
    'lifecycle:domain FREE while live:vtd@5.17/freeTables4/freePage',
    'no-stale-iotlb:second-stage paging-structure-cache entry of a freed frame:vtd@5.17/freeTables2/freeChild',
    'no-use-after-free:freed domain used:vtd@5.17/attachIommu/setDid',
    'no-use-after-free:freed domain used:vtd@5.17/attachIommu/takeReference',
    'no-use-after-free:freed domain used:vtd@5.17/refreshDeviceTlb/setFlag',
    'no-use-after-free:freed domain used:vtd@5.17/setEntry/readKind',
    'no-use-after-free:freed info used:vtd@5.17/enableAts/isOn',
    'no-use-after-free:freed info used:vtd@5.17/leaveDomainLocked/readDomain',
    'no-use-after-free:freed table page written:vtd@5.17/setEntry/storeDid',
  ],
  'one-ioasid-a-route': [
    'isolation:access in flight (second stage):vtd@5.17/mapPage/storeLeaf',
    'isolation:device-TLB entry:vtd@5.17/mapPage/storeLeaf',
    'isolation:translated access in flight:vtd@5.17/mapPage/storeLeaf',
  ],
  'reset-at-release': [
    'isolation:access in flight (second stage) programmed by a former owner:vtd@5.17/mapPage/storeLeaf',
    'isolation:access in flight (second stage) programmed by a former owner:vtd@5.17/setEntry/setPresent',
    'isolation:device-TLB entry programmed by a former owner:vtd@5.17/mapPage/storeLeaf',
    'isolation:device-TLB entry programmed by a former owner:vtd@5.17/setEntry/setPresent',
    'isolation:translated access in flight programmed by a former owner:vtd@5.17/mapPage/storeLeaf',
    'isolation:translated access in flight programmed by a former owner:vtd@5.17/setEntry/setPresent',
  ],
};
