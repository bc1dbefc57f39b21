import { describe, expect, test } from 'vitest';
import { caseFromJson, caseToJson } from '../../../src/oracles/qemu/case.js';
import { runMode } from '../../../src/oracles/qemu/conformance.js';
import { SideBySide } from '../../../src/oracles/qemu/side-by-side.js';
import { hasQemu, loadTargets } from './targets.js';

const targets = await loadTargets();
/** On a developer's machine a taste; in CI what the issue asks for. */
const CASES = process.env.CI ? 100 : 20;
const SEED = 11;

describe.each(targets.map((target) => [target.architecture.name, target] as const))('%s', (_name, target) => {
  const isThere = hasQemu(target);

  test('modes are those of the architecture, and each is compared or said not to be', () => {
    const names = target.architecture.modes.map((mode) => mode.name);
    for (const mode of target.modes) {
      expect(names).toContain(mode.name);
      expect(mode.features.length).toBeGreaterThan(0);
    }
    if (target.modes.length < names.length) expect(target.notCompared.length).toBeGreaterThan(0);
  });

  test.skipIf(!isThere).each(target.modes.map((mode) => [mode.name, mode] as const))(
    'agrees in mode %s',
    async (_mode, mode) => {
      const result = await runMode(target, mode, CASES, SEED);
      const { found } = result;
      expect(found && { difference: found.difference, case: caseToJson(found.case) }).toBeUndefined();
      expect(result.stopped).toEqual([]);
      expect(result.cases).toBe(CASES);
      // A case has 8 requests or more; a few lead where an answer could not be told, and are left out.
      expect(result.compared).toBeGreaterThan(6 * CASES);
      const known = target.deviations.map((deviation) => deviation.name);
      for (const name of result.deviationsSeen.keys()) expect(known).toContain(name);
    },
  );

  test.skipIf(!isThere).each(target.deviations.map((deviation) => [deviation.name, deviation] as const))(
    'QEMU still deviates: %s',
    async (name, { shows }) => {
      const c = caseFromJson(shows);
      const mode = target.modes.find((candidate) => candidate.name === c.mode)!;
      const sides = new SideBySide(target, mode);
      try {
        const { difference, deviations } = await sides.compare(c);
        expect(difference).toBeUndefined();
        expect(deviations).toContain(name);
      } finally {
        await sides.stop();
      }
    },
  );
});

test('a case is written and read back as it is', () => {
  for (const target of targets)
    for (const { shows } of target.deviations) expect(caseToJson(caseFromJson(shows))).toEqual(shows);
});
