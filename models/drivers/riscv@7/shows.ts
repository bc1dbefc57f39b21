/** Causes that flaws of designs have on this driver, by the mend that ends them. */
export const shows: Readonly<Record<string, readonly string[]>> = {
  'attach-walks-group': [': ['],
  'calls-hold-the-ioasid': [
    'lifecycle:domain MAP while freed:riscv@7/mapPage/storeLeaf',
    'lifecycle:domain UNMAP while freed:riscv@7/flushDevices/next',
    'no-use-after-free:freed domain used:riscv@7/flushDomain/isParent',
    'no-use-after-free:freed domain used:riscv@7/mapPage/readRoot',
    'no-use-after-free:freed table page written:riscv@7/mapPage/installTable',
    'no-use-after-free:freed table page written:riscv@7/mapPage/storeLeaf',
  ],
  'children-keep-parent': [
    'no-stale-iotlb:cached device context of a freed tag in a call to refuse:riscv@7/freeDomain/putGscid',
  ],
  'default-pasid-under-lock': [
    'lifecycle:pasid SET while free:riscv@7/updateProcess/storeAttributes',
    'mapped-means-reachable:translation:riscv@7/updateProcess/clearValid',
    'no-use-after-free:no bond used:riscv@7/delist/readDomain',
  ],
  'detach-during-reset': [
    'isolation:access in flight (first stage):riscv@7/mapPage/storeLeaf',
    'isolation:access in flight (first stage):riscv@7/updateContext/storeControl',
    'isolation:device-TLB entry:riscv@7/mapPage/storeLeaf',
    'isolation:device-TLB entry:riscv@7/updateContext/storeControl',
    'isolation:translated access in flight:riscv@7/mapPage/storeLeaf',
    'isolation:translated access in flight:riscv@7/updateContext/storeControl',
    'no-use-after-free:a domain freed with a device on its list:riscv@7/freeDomain/warn',
  ],
  'disable-refuses-attached': [
    'no-stale-iotlb:IOATC entry (first stage):riscv@7/forgetDevice/clearValid',
    'no-stale-iotlb:cached first-stage table entry:riscv@7/forgetDevice/clearValid',
  ],
  'failed-map-unmaps-first': ['no-stale-iotlb:IOATC entry (first stage) of a freed frame:iommufd/map'],
  'free-refuses-attached': [
    'lifecycle:domain FREE while live:riscv@7/freeDomain/freeRoot',
    'no-use-after-free:a domain freed with a device on its list:riscv@7/freeDomain/warn',
  ],
  'free-refuses-subdevices': [
    'no-use-after-free:a domain freed with a device on its list:riscv@7/freeDomain/warn',
  ],
  'list-follows-entry': [
    'lifecycle:domain FREE while live:riscv@7/freeDomain/freeRoot',
    'no-stale-iotlb:cached device context of a freed frame:riscv@7/freeDomain/freeRoot',
    'no-stale-iotlb:cached first-stage table entry of a freed frame:riscv@7/freeDomain/freeTable',
    'no-use-after-free:a domain freed with a device on its list:riscv@7/freeDomain/warn',
    'no-use-after-free:freed domain used:riscv@7/takeFaults/hasHandler',
  ],
  'one-ioasid-a-route': [
    'isolation:access in flight (first stage):riscv@7/mapPage/storeLeaf',
    'isolation:device-TLB entry:riscv@7/mapPage/storeLeaf',
    'isolation:translated access in flight:riscv@7/mapPage/storeLeaf',
  ],
  'reset-at-release': [
    'isolation:access in flight (first stage) programmed by a former owner:riscv@7/updateContext/storeControl',
    'isolation:device-TLB entry programmed by a former owner:riscv@7/updateContext/storeControl',
    'isolation:translated access in flight programmed by a former owner:riscv@7/updateContext/storeControl',
  ],
  'reset-keeps-attachments': [': ['],
};
