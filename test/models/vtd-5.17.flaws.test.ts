import { describe, expect, it } from 'vitest';
import { buildWorld, loadPair } from '../../src/catalog/build-world.js';
import { mendsOf } from '../../src/catalog/mend-choice.js';
import { sampleBatch } from '../../src/checker/sample.js';
import { randomShape } from '../../src/world/scopes.js';

/** Runs in which a choice of mends must not show what it should not, and within how many a flaw must show. */
const HOLDS = 20;
const SHOWS = 240;
const SEED = 1;
const OPERATIONS = 60;
const CALLERS = 2;

/** Flaws that so few runs need not come to: what must meet is far apart. The scripted stories show them. */
const RARE: ReadonlySet<string> = new Set([
  'default-pasid-under-lock',
  'detach-cannot-fail',
  'device-tlb-flag-follows-links',
]);

/** Symptoms that two flaws end in, and nothing that a step can see tells apart (docs/decisions/world-causes.md). */
const SHARED: Readonly<Record<string, readonly string[]>> = {
  'primary-domain': [],
  'aux-domain': [
    'errno-contract:iommu_domain_free failed with EBUSY: nothing is wrong with the call:aux-domain/freeSpace/close',
  ],
};

/** Lists of whole-device attachments name causes of both designs. */
const isOf = (cause: string, design: string): boolean => cause.includes('@') || cause.includes(`:${design}/`);

/** What the first runs find, batch by batch, up to the first batch that finds anything. */
async function causesFound(design: string, mends: readonly string[], within = HOLDS): Promise<string[]> {
  const { design: found, driver } = await loadPair({ name: design });
  const world = await buildWorld({
    design: { name: design },
    driver: driver.value.name,
    mends,
    without: [],
    shape: randomShape({ design: found.value, driver: driver.value }, CALLERS),
    concrete: true,
  });
  for (let from = 0; from < within; from += HOLDS) {
    const { failures } = sampleBatch([world], { seed: SEED, from, to: from + HOLDS, operations: OPERATIONS });
    if (failures.length > 0) return failures.map(({ violation }) => violation.cause);
  }
  return [];
}

describe.each(['primary-domain', 'aux-domain'])('random runs of %s', async (name) => {
  const { design, driver } = await loadPair({ name });
  const mends = mendsOf(design.value, driver.value);
  const all = mends.map((mend) => mend.name);

  it('hold with every mend', async () => {
    expect(await causesFound(name, all)).toEqual([]);
  });

  it.each(mends)('mended but $name show that flaw alone', async (mend) => {
    const isShown = !RARE.has(mend.name) && mend.unseenIn?.[name] === undefined;
    const others = all.filter((other) => other !== mend.name);
    const found = await causesFound(name, others, isShown ? SHOWS : HOLDS);
    expect(mend.causes).toEqual(expect.arrayContaining(found));
    expect(found.length > 0 || !isShown).toBe(true);
  });

  it.each(mends)('with $name alone do not show that flaw', async (mend) => {
    const found = await causesFound(name, [mend.name]);
    expect(found.filter((cause) => mend.causes.includes(cause))).toEqual([]);
  });

  it('give no cause to two flaws, but the known ones', () => {
    const causes = mends.flatMap((mend) => mend.causes);
    const shared = causes.filter((cause, i) => causes.indexOf(cause) !== i && isOf(cause, name));
    expect([...new Set(shared)].sort()).toEqual(SHARED[name]);
  });
});
