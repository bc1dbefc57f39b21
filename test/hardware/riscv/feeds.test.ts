import * as attribute from '../../../src/hardware/riscv/attributes.js';
import { riscv } from '../../../src/hardware/riscv/index.js';
import type { KindName } from '../../../src/hardware/riscv/kinds.js';
import { testFeeds } from '../feeds-table.js';

type LooksUp = Partial<Record<KindName, string>>;
type Context = 'device-context' | 'process-context';

const of = (config: Context, first: number, second: number, flags: number, looksUp: LooksUp) => ({
  config,
  attributes: attribute.withLevels(3 | flags, first, second),
  looksUp,
});

/** GSCID tags everything, PSCID the first stage where G is clear (2.8, 3.1.1). Of what is yet to be translated, the place is the context's. */
const FIRST: LooksUp = { 'first-structure': 'TPG', first: 'TPG' };
const SECOND: LooksUp = { 'second-structure': 'T', second: 'T' };
const NESTED: LooksUp = {
  'second-structure': 'T',
  'nested-address': 'DP',
  'nested-root': 'DP',
  'nested-table': 'TPG',
  'nested-structure': 'TPG',
  'nested-page': 'TPG',
  nested: 'TPG',
};
const lines = (config: Context) => ({
  [`${config}, first stage`]: of(config, 3, 0, 0, FIRST),
  [`${config}, second stage`]: of(config, 0, 3, 0, SECOND),
  [`${config}, nested`]: of(config, 3, 3, 0, NESTED),
  [`${config}, bare`]: of(config, 0, 0, 0, { bare: 'T' }),
});

testFeeds<KindName>(riscv, {
  ...lines('device-context'),
  ...lines('process-context'),
  'device-context, of processes': of('device-context', 1, 3, attribute.PROCESS_DIRECTORY, SECOND),
});
