import { besideWhat, defineProperty, isOnlyWitness, lostWith } from '../src/vocabulary/property.js';

export default defineProperty({
  name: 'group-coherence',
  statement: 'members of a group translate alike whenever no call on the group is open',
  explanation:
    'Members of a group can reach each other\u2019s memory behind the IOMMU. If they translate by different spaces, isolation between those spaces is an illusion.',
  citation: 'Linux, drivers/iommu/iommu.c: all devices of a group share one domain',
  on: ['returned'],
  check(view, violate) {
    let premises = 0;
    const { devices } = view.shape;
    const kind = lostWith(
      view.returned,
      isOnlyWitness(view.returned) ? `group parted ${besideWhat(view.returned)}` : 'group',
    );
    for (let device = 0; device < devices.length; device++) {
      for (let peer = device + 1; peer < devices.length; peer++) {
        if (devices[peer].group !== devices[device].group || !view.groupIsQuiet(devices[device].group))
          continue;
        if (!view.inEveryOrder((order) => view.isPlugged(order, device) && view.isPlugged(order, peer)))
          continue;
        premises++;
        if (view.translationOf(device) !== view.translationOf(peer)) {
          violate(kind, view.origin, [
            `devices ${device} and ${peer} of group ${devices[device].group} translate differently`,
          ]);
        }
      }
    }
    return premises;
  },
});
