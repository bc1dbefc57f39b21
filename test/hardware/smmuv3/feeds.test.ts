import * as attribute from '../../../src/hardware/smmuv3/attributes.js';
import * as stream from '../../../src/hardware/smmuv3/entries/stream.js';
import { smmuv3 } from '../../../src/hardware/smmuv3/index.js';
import type { KindName } from '../../../src/hardware/smmuv3/kinds.js';
import { testFeeds } from '../feeds-table.js';

const of = (
  config: 'stream' | 'context',
  fields: Partial<attribute.StreamFields>,
  looksUp: Partial<Record<KindName, string>>,
) => ({
  config,
  attributes: attribute.packStream({
    config: stream.CONFIG.first,
    maximum: 0,
    byDefault: 0,
    secondLevels: 0,
    place: 0,
    ...fields,
  }),
  looksUp,
});
const { CONFIG, DEFAULT } = stream;

/** VMID tags both stages, ASID the first where nG is set (3.17). A bypass is looked up nowhere: it is what the stream table entry says. */
testFeeds<KindName>(smmuv3, {
  bypass: of('stream', { config: CONFIG.bypass }, { bypass: '' }),
  'stage 1, its context descriptors': of('stream', {}, {}),
  'stage 1, requests without substream past it': of(
    'stream',
    { maximum: 2, byDefault: DEFAULT.bypass },
    { bypass: '' },
  ),
  'stage 2': of(
    'stream',
    { config: CONFIG.second, secondLevels: 3 },
    { 'second-structure': 'T', second: 'T' },
  ),
  'nested, its context descriptors': of(
    'stream',
    { config: CONFIG.nested, secondLevels: 3 },
    { 'second-structure': 'T' },
  ),
  'nested, requests without substream past stage 1': of(
    'stream',
    { config: CONFIG.nested, secondLevels: 3, maximum: 2, byDefault: DEFAULT.bypass },
    { 'second-structure': 'T', second: 'T' },
  ),
  'context of stage 1': of('context', {}, { 'first-structure': 'TPG', first: 'TPG' }),
  'context of a nested stage 1': of(
    'context',
    { config: CONFIG.nested, secondLevels: 3 },
    { 'nested-table': 'TPG', 'nested-structure': 'TPG', 'nested-page': 'TPG', nested: 'TPG' },
  ),
});
