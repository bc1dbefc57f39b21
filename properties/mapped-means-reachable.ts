import { besideWhat, defineProperty, isOnlyWitness, lostWith } from '../src/vocabulary/property.js';

export default defineProperty({
  name: 'mapped-means-reachable',
  statement: 'an access to what the route must reach does not fault',
  explanation: 'A mapping that the caller was told is there and the device cannot use is a broken device.',
  citation: 'docs/semantics.md, section 3: the lower bound of authority',
  on: ['authority', 'access', 'reach'],
  check(view, violate) {
    let premises = 0;
    const fault = view.faultedAccess;
    if (fault && !fault.replacing) {
      violate('access', view.lastCall, [
        `an access of device ${fault.device} to a page it must reach faults`,
      ]);
    }
    if (view.isReachChange) {
      const { returned } = view;
      const isWitness = isOnlyWitness(returned);
      const kind = isWitness ? `translation lost ${besideWhat(returned)}` : 'translation';
      const { devices, pages } = view.shape;
      // Nobody is on the way when a call has done its work, or has only seen what others did; what it failed at itself is its own affair.
      const isSettled = returned !== undefined && (returned.outcome >= 0 || isWitness);
      const lost: { device: number; slot: number; page: number }[] = [];
      view.forEachMust((device, slot, page, must, has, settled) => {
        if (!settled) return;
        premises++;
        if ((must & ~has) !== 0) lost.push({ device, slot, page });
      });
      if (lost.length === 0) return premises;
      const ofGroup = (device: number, page: number) => devices[device].group * pages.length + page;
      const reached = new Set<number>();
      view.forEachMust((device, slot, page, must, has) => {
        if (slot === 0 && (must & ~has) === 0) reached.add(ofGroup(device, page));
      });
      for (const { device, slot, page } of lost) {
        // What some devices of a group reach and others do not is lost to the device, not to the space.
        const isPart = isSettled && slot === 0 && reached.has(ofGroup(device, page));
        violate(lostWith(returned, isPart ? 'translation of a part of the group' : kind), view.origin, [
          `${slot === 0 ? 'the RID' : `slot ${slot}`} of device ${device} cannot reach page 0x${(pages[page] * 4096).toString(16)}, which is mapped for it`,
        ]);
      }
    }
    return premises;
  },
});
