import { defineProperty } from '../src/vocabulary/property.js';

export default defineProperty({
  name: 'fault-answered',
  statement:
    'every page request is answered exactly once, by one whose device or space it is about; detach, replace and unbind leave none open on what they take away',
  explanation:
    'A device waits for each answer with the work behind it. A request answered for the wrong PASID, twice, or never hangs the device or lets it go on with a translation that is gone.',
  citation: 'PCIe PRI; Intel VT-d specification 7.11; KNOWN: CVE-2024-44994, CVE-2025-21770',
  on: ['request', 'returned', 'tornDown'],
  check(view, violate) {
    for (const { kind, text } of view.requestFaults) violate(kind, view.origin, [text]);
    for (const { isTaken, origin, text } of view.abandonedRequests)
      violate(isTaken ? 'request left open' : 'request left in the queue', origin, [text]);
    return view.requestFaults.length + view.openRequests;
  },
});
