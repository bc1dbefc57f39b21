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
    view.shape.devices.forEach((shape, device) => {
      const owner = view.deviceOwner(device);
      const holder = view.attachedOwner(device, 0);
      for (let slot = 1; slot <= shape.slots; slot++) {
        const user = view.attachedOwner(device, slot);
        if (user < 0) continue;
        premises++;
        if (owner > 0 && user !== owner) {
          violate('PASID of another under an owned RID', view.origin, [
            `${view.shape.principals[owner]} owns device ${device}, whose slot ${slot} is attached for ${view.shape.principals[user]}`,
          ]);
        } else if (holder > 0 && user !== holder) {
          violate('whole device attached beside another\u2019s PASID', view.origin, [
            `the whole of device ${device} is attached for ${view.shape.principals[holder]} while slot ${slot} is attached for ${view.shape.principals[user]}`,
          ]);
        }
      }
    });
    return premises;
  },
});
