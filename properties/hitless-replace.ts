import { defineProperty } from '../src/vocabulary/property.js';

export default defineProperty({
  name: 'hitless-replace',
  statement:
    'for the changes that a driver declares hitless, every access during replace goes by the old or the new space',
  explanation:
    'A guest that grows its PASID table, or switches from stage 2 to stage 1, keeps its devices running: a blocked access is a lost packet.',
  citation:
    'mail of 2023-02-08 (Nicolin Chen) on iommu_group_replace_domain; Linux c3b1edea3791 gave it up for VT-d',
  on: ['reach', 'authority'],
  check(view, violate) {
    let premises = 0;
    view.forEachMust((device, slot, page, must, has, settled) => {
      if (settled || !view.isHitless(device, slot)) return;
      premises++;
      if ((must & ~has) !== 0) {
        violate('access blocked', view.origin, [
          `device ${device} is blocked at page 0x${(view.shape.pages[page] * 4096).toString(16)} during a replace that the driver declares hitless`,
        ]);
      }
    });
    return premises;
  },
});
