import * as attribute from '../../../src/hardware/vtd/attributes.js';
import * as pasids from '../../../src/hardware/vtd/entries/pasid.js';
import { vtd } from '../../../src/hardware/vtd/index.js';
import type { KindName } from '../../../src/hardware/vtd/kinds.js';
import { testFeeds } from '../feeds-table.js';

const entry = (type: number, looksUp: Partial<Record<KindName, string>>) => ({
  config: 'pasid' as const,
  attributes: 3 | (type << attribute.TYPE_SHIFT),
  looksUp,
});

/** Second-stage entries are tagged by domain id, all others by domain id and PASID (6.2.4). */
testFeeds<KindName>(vtd, {
  'first stage': entry(pasids.FIRST_LEVEL, { 'first-structure': 'TP', first: 'TP' }),
  'second stage': entry(pasids.SECOND_LEVEL, { 'second-structure': 'T', second: 'T' }),
  nested: entry(pasids.NESTED, {
    'second-structure': 'T',
    'nested-table': 'TP',
    'nested-structure': 'TP',
    'nested-page': 'TP',
    nested: 'TP',
  }),
  'pass-through': entry(pasids.PASS_THROUGH, { 'pass-through': 'TP' }),
});
