import { TYPE } from '../../../src/hardware/vtd-legacy/entries.js';
import { vtdLegacy } from '../../../src/hardware/vtd-legacy/index.js';
import type { KindName } from '../../../src/hardware/vtd-legacy/kinds.js';
import { testFeeds } from '../feeds-table.js';

/** TT stands above the permission in the attributes of a context row. */
const entry = (type: number, looksUp: Partial<Record<KindName, string>>) => ({
  config: 'context' as const,
  attributes: 3 | (type << 2),
  looksUp,
});

/** Everything is tagged by domain id (6.2.3). */
testFeeds<KindName>(vtdLegacy, {
  'TT 0': entry(TYPE.untranslated, { 'second-structure': 'T', second: 'T' }),
  'TT 1': entry(TYPE.deviceTlb, { 'second-structure': 'T', second: 'T' }),
  'pass-through': entry(TYPE.passThrough, { 'pass-through': 'T' }),
});
