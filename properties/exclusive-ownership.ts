import { defineProperty } from '../src/vocabulary/property.js';

export default defineProperty({
  name: 'exclusive-ownership',
  statement:
    'a RID owned by a user has only that user\u2019s PASIDs; a RID of the kernel may lend single PASIDs',
  explanation: 'Who owns the RID can program the whole device, the queues that carry other PASIDs included.',
  citation: 'Linux, iommu_device_claim_dma_owner; mail of 2021-05, comment of iommu_aux_attach_device',
  on: ['authority'],
  check(view, violate) {
    let premises = 0;
    const { principals } = view.shape;
    view.shape.devices.forEach((shape, device) => {
      const owner = (order: number) => view.deviceOwner(order, device);
      const holder = (order: number) => view.attachedOwner(order, device, 0);
      for (let slot = 1; slot <= shape.slots; slot++) {
        const user = (order: number) => view.attachedOwner(order, device, slot);
        if (!view.inEveryOrder((order) => user(order) >= 0)) continue;
        premises++;
        if (view.inEveryOrder((order) => owner(order) > 0 && user(order) !== owner(order))) {
          violate('PASID of another under an owned RID', view.origin, [
            `${principals[owner(0)]} owns device ${device}, whose slot ${slot} is attached for ${principals[user(0)]}`,
          ]);
        } else if (view.inEveryOrder((order) => holder(order) > 0 && user(order) !== holder(order))) {
          violate('whole device attached beside another\u2019s PASID', view.origin, [
            `the whole of device ${device} is attached for ${principals[holder(0)]} while slot ${slot} is attached for ${principals[user(0)]}`,
          ]);
        }
      }
    });
    return premises;
  },
});
