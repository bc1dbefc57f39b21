/** Causes that flaws of designs have on this driver, by the mend that ends them. */
export const shows: Readonly<Record<string, readonly string[]>> = {
  'attach-walks-group': ['mapped-means-reachable:translation:smmuv3@7/writeStream/storeFirst'],
  'calls-hold-the-ioasid': [
    'lifecycle:domain MAP while freed:smmuv3@7/mapPage/storeLeaf',
    'no-use-after-free:freed domain used:smmuv3@7/mapPage/readFormat',
    'no-use-after-free:freed domain used:smmuv3@7/mapPage/readRoot',
    'no-use-after-free:freed table page written:smmuv3@7/mapPage/installTable',
    'no-use-after-free:freed table page written:smmuv3@7/mapPage/storeLeaf',
  ],
  'children-keep-parent': [
    'no-use-after-free:freed domain used:smmuv3@7/invalidateNested/readVmid',
    'no-use-after-free:freed domain used:smmuv3@7/prepareDomain/readInvs',
  ],
  'default-pasid-under-lock': ['lifecycle:pasid SET while free:smmuv3@7/replacePasid/unlockAsids'],
  'detach-during-reset': [
    'isolation:access in flight (stage 1):smmuv3@7/mapPage/storeLeaf',
    'isolation:device-TLB entry:smmuv3@7/mapPage/storeLeaf',
    'isolation:translated access in flight:smmuv3@7/mapPage/storeLeaf',
    'lifecycle:domain FREE while live, out of use:smmuv3@7/freeDomain/readRoot',
    'no-stale-iotlb:context descriptor read from its end of a freed frame:smmuv3@7/freeDomain/freeRoot',
  ],
  'free-refuses-attached': [
    'no-stale-iotlb:cached stage 1 table descriptor of a freed frame in a call to refuse:smmuv3@7/freeDomain/freeTable',
    'no-stale-iotlb:context descriptor read from its end of a freed frame in a call to refuse:smmuv3@7/freeDomain/freeRoot',
    'no-stale-iotlb:context descriptor read from its end of a freed frame:smmuv3@7/freeDomain/freeRoot',
  ],
  'free-refuses-subdevices': [
    'no-stale-iotlb:cached stage 1 table descriptor of a freed frame in a call to refuse:smmuv3@7/freeDomain/freeTable',
    'no-stale-iotlb:context descriptor read from its end of a freed frame in a call to refuse:smmuv3@7/freeDomain/freeRoot',
    'no-stale-iotlb:context descriptor read from its end of a freed frame:smmuv3@7/freeDomain/freeRoot',
  ],
  'list-follows-entry': [
    'lifecycle:domain ATTACH while freed:smmuv3@7/prepareDomain/freeOld',
    'lifecycle:domain FREE while live:smmuv3@7/freeDomain/freeInvs',
    'lifecycle:domain FREE while live:smmuv3@7/freeDomain/readRoot',
    'no-stale-iotlb:cached context descriptor of a freed frame:smmuv3@7/freeDomain/freeRoot',
    'no-stale-iotlb:cached stage 2 table descriptor of a freed frame:smmuv3@7/freeDomain/freeTable',
    'no-stale-iotlb:context descriptor read from its end of a freed frame:smmuv3@7/freeDomain/freeRoot',
    'no-stale-iotlb:stream table entry read from its end of a freed frame:smmuv3@7/freeDomain/freeRoot',
    'no-use-after-free:did used after it was put:smmuv3@7/installStream/readVmid',
    'no-use-after-free:freed domain used:smmuv3@7/prepareDomain/installInvs',
    'no-use-after-free:freed domain used:smmuv3@7/prepareDomain/readParent',
    'no-use-after-free:freed domain used:smmuv3@7/prepareDomain/setInvs',
    'no-use-after-free:freed domain used:smmuv3@7/replacePasid/readKind',
    'no-use-after-free:freed domain used:smmuv3@7/takeFaults/hasHandler',
  ],
  'one-ioasid-a-route': [
    'isolation:access in flight (stage 1):smmuv3@7/mapPage/storeLeaf',
    'isolation:access in flight (stage 2):smmuv3@7/mapPage/storeLeaf',
    'isolation:device-TLB entry:smmuv3@7/mapPage/storeLeaf',
    'isolation:translated access in flight:smmuv3@7/mapPage/storeLeaf',
    'no-stale-iotlb:TLB entry (stage 1):smmuv3@7/writeContext/clearValid',
    'no-stale-iotlb:cached stage 1 table descriptor:smmuv3@7/writeContext/clearValid',
  ],
  'reset-at-release': [
    'isolation:access in flight (stage 1) programmed by a former owner:smmuv3@7/writeStream/storeFirst',
    'isolation:access in flight (stage 2) programmed by a former owner:smmuv3@7/writeStream/storeFirst',
  ],
  'reset-keeps-attachments': [
    'no-use-after-free:an invalidation taken off an array that does not have it:smmuv3@7/leaveDomain/unref',
  ],
};
