import { describe, expect, test } from 'vitest';
import { compilePair, loadPair } from '../../src/catalog/build-world.js';
import { find, findDriver, loadCatalog } from '../../src/catalog/catalog.js';
import { InputError } from '../../src/catalog/input-error.js';
import { coverageSource } from '../../src/cli/coverage-report.js';
import { chosenMends, mendsOf } from '../../src/catalog/mend-choice.js';
import { packageVersion } from '../../src/catalog/package-files.js';
import { compileLifecycle } from '../../src/statechart/lifecycle-table.js';

const catalog = await loadCatalog();

describe('what comes with the package', () => {
  test('is found by folder, in the order of names', () => {
    for (const found of [
      catalog.designs,
      catalog.drivers,
      catalog.properties,
      catalog.lifecycles,
      catalog.hardware,
    ]) {
      const names = [...found.keys()];
      expect(names.length).toBeGreaterThan(1);
      expect(names).toEqual([...names].sort());
    }
    expect([...catalog.hardware.keys()]).toEqual(expect.arrayContaining(['toy', 'vtd']));
    expect([...catalog.drivers.keys()]).toEqual(expect.arrayContaining(['vtd@5.17', 'vtd@7']));
  });

  test('fits together: every design has its driver, every driver its hardware', () => {
    for (const { value } of catalog.designs.values()) expect(catalog.drivers.has(value.driver)).toBe(true);
    for (const { value } of catalog.drivers.values()) expect(catalog.hardware.has(value.hardware)).toBe(true);
  });

  test('drives every lifecycle: each event is sent by a step of some design, but for those of the hardware', async () => {
    const sent = new Set<string>();
    for (const name of catalog.designs.keys())
      for (const each of coverageSource(compilePair(await loadPair({ name }), [])).sent) sent.add(each);
    const declared = [...catalog.lifecycles].flatMap(([name, { value }]) =>
      compileLifecycle(value).events.map((event) => `${name} ${event}`),
    );
    // Those of invalidations are the queue's (test/world/watched-queue.test.ts).
    const ofSteps = declared.filter((event) => !event.startsWith('invalidation '));
    expect([...sent].sort()).toEqual(ofSteps.sort());
  });

  test('is called by the names of its files and folders', () => {
    for (const [name, { file }] of catalog.designs) expect(file).toBe(`models/designs/${name}/index.ts`);
    for (const [name, { file }] of catalog.drivers) expect(file).toBe(`models/drivers/${name}/index.ts`);
    for (const [name, { file }] of catalog.properties) expect(file).toBe(`properties/${name}.ts`);
    for (const [name, { file }] of catalog.lifecycles) expect(file).toBe(`models/lifecycles/${name}.ts`);
  });
});

test('a name that does not exist is answered with the nearest', () => {
  expect(() => find('design', catalog.designs, 'iomufd')).toThrow(
    new InputError("unknown design 'iomufd': did you mean iommufd?"),
  );
  expect(() => find('hardware', catalog.hardware, 'something')).toThrow(/there are .*toy, vtd/);
});

test('a driver is known without its era where there is one of that name alone', () => {
  expect(findDriver(catalog, 'vtd@7').value.name).toBe('vtd@7');
  const names = [...catalog.drivers.keys()];
  const eraless = names.map((name) => name.split('@')[0]);
  const single = names.filter((_, i) => eraless.filter((each) => each === eraless[i]).length === 1);
  expect(single.length).toBeGreaterThan(0);
  for (const name of single) expect(findDriver(catalog, name.split('@')[0]).value.name).toBe(name);
  expect(() => findDriver(catalog, 'vtd')).toThrow(
    new InputError("driver 'vtd' is of several eras: vtd@5.17, vtd@7"),
  );
  expect(() => findDriver(catalog, 'vtd@6')).toThrow(/unknown driver 'vtd@6': did you mean vtd@7/);
});

test('mends are chosen by name, of design and driver together', () => {
  const design = find('design', catalog.designs, 'aux-domain').value;
  const driver = find('driver', catalog.drivers, design.driver).value;
  const all = mendsOf(design, driver).map(({ name }) => name);
  const [first, ...rest] = all;
  expect(chosenMends({ mended: 'none' }, design, driver)).toEqual([]);
  expect(chosenMends({ mended: 'all' }, design, driver)).toEqual(all);
  expect(chosenMends({ only: [first] }, design, driver)).toEqual([first]);
  expect(chosenMends({ allBut: [first] }, design, driver)).toEqual(rest);
});

test('a driver says what flaws of designs cause on it, and a pair has that beside what the design says', () => {
  const designs = [...catalog.designs.values()].map(({ value }) => value);
  const shown = [...catalog.drivers.values()].filter(({ value }) => value.shows !== undefined);
  expect(shown.length).toBeGreaterThan(0);
  for (const { value: driver } of shown) {
    for (const [name, causes] of Object.entries(driver.shows ?? {})) {
      const holders = designs.filter(({ mends }) => mends.some((mend) => mend.name === name));
      expect(holders, `${driver.name}: ${name}`).not.toEqual([]);
      for (const design of holders) {
        const mend = mendsOf(design, driver).find((each) => each.name === name);
        expect(mend?.causes).toEqual(expect.arrayContaining([...causes]));
      }
    }
  }
});

test('the version is the one of the package', async () => {
  expect(await packageVersion()).toMatch(/^\d+\.\d+\.\d+$/);
});
