import { defineProperty } from '../src/vocabulary/property.js';

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
      // A call that fails of itself beside another hid, by being open, what the other has done.
      const { returned } = view;
      const isWitness =
        returned !== undefined && returned.outcome < 0 && returned.overlapped && !returned.injected;
      const kind = isWitness ? 'translation lost beside a failing call' : 'translation';
      view.forEachMust((device, slot, page, must, has, settled) => {
        if (!settled) return;
        premises++;
        if ((must & ~has) !== 0) {
          violate(kind, view.origin, [
            `${slot === 0 ? 'the RID' : `slot ${slot}`} of device ${device} cannot reach page 0x${(view.shape.pages[page] * 4096).toString(16)}, which is mapped for it`,
          ]);
        }
      });
    }
    return premises;
  },
});
