/** Causes that flaws of designs have on this driver, by the mend that ends them. */
export const shows: Readonly<Record<string, readonly string[]>> = {
  'attach-walks-group': ['mapped-means-reachable:translation:vtd-legacy@5.17/clearContext/clearLow'],
  'calls-hold-the-ioasid': [
    'lifecycle:domain MAP while freed:vtd-legacy@5.17/mapPage/storeLeaf',
    'no-use-after-free:freed table page written:vtd-legacy@5.17/mapPage/storeLeaf',
    'no-use-after-free:no table page written:vtd-legacy@5.17/mapPage/linkTable',
  ],
  'detach-during-reset': [
    'isolation:access in flight (second stage):vtd-legacy@5.17/mapPage/storeLeaf',
    'isolation:access in flight (second stage):vtd-legacy@5.17/setContext/setPresent',
    'isolation:device-TLB entry:vtd-legacy@5.17/mapPage/storeLeaf',
    'isolation:device-TLB entry:vtd-legacy@5.17/setContext/setPresent',
    'isolation:translated access in flight:vtd-legacy@5.17/mapPage/storeLeaf',
    'isolation:translated access in flight:vtd-legacy@5.17/setContext/setPresent',
    'no-use-after-free:freed domain used:vtd-legacy@5.17/setContext/readDid',
  ],
  'free-refuses-attached': [
    'lifecycle:domain FREE while live in a call to refuse:vtd-legacy@5.17/freeTables4/freePage',
    'mapped-means-reachable:translation:vtd-legacy@5.17/clearContext/clearLow',
  ],
  'list-follows-entry': [
    'lifecycle:domain ATTACH while freed:vtd-legacy@5.17/setContext/setPresent',
    'lifecycle:domain FREE while live:vtd-legacy@5.17/freeTables4/freePage',
    'no-stale-iotlb:context-cache entry of a freed frame:vtd-legacy@5.17/freeTables4/freePage',
    'no-use-after-free:freed domain used:vtd-legacy@5.17/attachIommu/takeReference',
    'no-use-after-free:freed domain used:vtd-legacy@5.17/refreshDeviceTlb/clearFlag',
    'no-use-after-free:freed domain used:vtd-legacy@5.17/setContext/readDid',
  ],
  'one-ioasid-a-route': [
    'isolation:access in flight (second stage):vtd-legacy@5.17/mapPage/storeLeaf',
    'isolation:access in flight (second stage):vtd-legacy@5.17/setContext/setPresent',
    'isolation:device-TLB entry:vtd-legacy@5.17/mapPage/storeLeaf',
    'isolation:translated access in flight:vtd-legacy@5.17/mapPage/storeLeaf',
  ],
  'reset-at-release': [
    'isolation:access in flight (second stage) programmed by a former owner:vtd-legacy@5.17/setContext/setPresent',
  ],
};
