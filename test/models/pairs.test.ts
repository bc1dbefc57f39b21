import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type DesignPair, buildWorld, compilePair, nothingLeft } from '../../src/catalog/build-world.js';
import { loadCatalog } from '../../src/catalog/catalog.js';
import { sampleBatch } from '../../src/checker/sample.js';
import type { WorldShape } from '../../src/vocabulary/shape.js';
import { allMends } from '../../src/world/compiled-design.js';
import { randomShape } from '../../src/world/scopes.js';

// Building a pair is a second of work on a slow machine, its runs a few.
const RUNS = 28;
const EMULATED_RUNS = 14;
const OPERATIONS = 60;
const SEED = 1;

const README = readFileSync(new URL('../../models/drivers/README.md', import.meta.url), 'utf8');

/** The table of the README: each procedure with the registers its callers may set. */
const DOCUMENTED = new Map(
  [...README.matchAll(/^\| `(\w+)` +\|([^|]*)\|/gm)].map(([, name, registers]) => [
    name,
    registers
      .replaceAll(/\([^)]*\)/g, '')
      .split(',')
      .map((register) => register.trim())
      .filter((register) => register !== '')
      .sort(),
  ]),
);

const { designs, drivers } = await loadCatalog();
const pairs = [...designs.values()].flatMap((design) =>
  [...drivers.values()].map((driver) => ({ design, driver })),
);
const named = (pair: DesignPair) => ({
  ...pair,
  name: `${pair.design.value.name} on ${pair.driver.value.name}`,
});
const expressible = pairs.filter(({ design, driver }) => !nothingLeft(design.value, driver.value)).map(named);

interface Invoke {
  readonly src: string;
  readonly input?: { readonly args: Readonly<Record<string, unknown>> };
}

/** What a design calls of its driver, with every register it sets in some call. */
function callsOf({ value }: DesignPair['design']): Map<string, Set<string>> {
  const calls = new Map<string, Set<string>>();
  for (const mended of [() => false, () => true])
    for (const machine of value.procedures(mended))
      for (const state of Object.values(machine.config.states ?? {})) {
        const { src, input } = ((state as { invoke?: Invoke }).invoke ?? { src: '' }) as Invoke;
        if (!src.startsWith('driver/')) continue;
        const name = src.slice('driver/'.length);
        calls.set(name, new Set([...(calls.get(name) ?? []), ...Object.keys(input?.args ?? {})]));
      }
  return calls;
}

describe.each([...designs.values()])('$value.name', (design) => {
  it('calls of its driver what is documented, with the registers documented', () => {
    const calls = callsOf(design);
    expect(calls.size).toBeGreaterThan(5);
    for (const [name, registers] of calls)
      expect(DOCUMENTED.get(name), name).toEqual(expect.arrayContaining([...registers]));
  });
});

describe.each([...drivers.values()])('$value.name', ({ value }) => {
  it.each([
    ['unmended', () => false],
    ['mended', () => true],
  ])('answers everything that is documented, %s', (_, mended) => {
    const machines = new Map(value.procedures(mended).map((machine) => [machine.id, machine]));
    expect([...machines.keys()]).toEqual(expect.arrayContaining([...DOCUMENTED.keys()]));
    for (const [name, registers] of DOCUMENTED) {
      const { registers: types } = machines.get(name)!.config.context as unknown as { registers: object };
      expect(Object.keys(types), name).toEqual(expect.arrayContaining(registers));
    }
  });

  it('has the objects that designs name', () => {
    const fields = (name: string) =>
      Object.keys(value.objects.find((kind) => kind.name === name)?.fields ?? {});
    expect(fields('domain')).not.toEqual([]);
    const group = ['delivered', 'device', 'handle', 'pending', 'queue', 'request'];
    expect(fields('faultGroup')).toEqual(expect.arrayContaining(group));
  });
});

it('only what lacks what a design needs is not expressible', () => {
  for (const { design, driver } of pairs) {
    const missing = nothingLeft(design.value, driver.value);
    if (missing) expect(design.value.needs).toContain(missing.feature);
  }
  for (const { value } of designs.values())
    expect(expressible.filter(({ design }) => design.value === value).length).toBeGreaterThan(1);
});

describe.each(expressible)('$name', (pair) => {
  const design = pair.design.value;
  const driver = pair.driver.value;
  const all = allMends(design, driver);

  it('compiles as it is', () => {
    expect(compilePair(pair, []).points.length).toBeGreaterThan(500);
  });

  async function found(shape: WorldShape, runs: number): Promise<string[]> {
    const world = await buildWorld({
      design: { name: design.name },
      driver: driver.name,
      mends: all,
      without: [],
      shape,
      concrete: true,
    });
    const { failures } = sampleBatch([world], { seed: SEED, from: 0, to: runs, operations: OPERATIONS });
    return failures.map(({ violation }) => violation.cause);
  }

  it('holds with all mends in random runs', async () => {
    expect(await found(randomShape({ design, driver }), RUNS)).toEqual([]);
  });

  it.runIf(driver.hardware.startsWith('vtd'))(
    'and where an emulated IOMMU keeps not-present results',
    async () => {
      const shape = randomShape({ design, driver });
      const emulated = { ...shape, iommus: [{ cachingMode: true, firstLevel: false }] };
      expect(await found(emulated, EMULATED_RUNS)).toEqual([]);
    },
  );
});
