import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type Answer, type Case, caseFromJson, caseToJson } from '../../../src/oracles/qemu/case.js';
import { QemuStopped } from '../../../src/oracles/qemu/qtest.js';
import { shrink } from '../../../src/oracles/qemu/shrink.js';
import { SideBySide } from '../../../src/oracles/qemu/side-by-side.js';
import type { QemuTarget, TargetMode } from '../../../src/oracles/qemu/target.js';
import { type PlantedFault, plant, removeCopy } from './plant.js';
import { loadTargets } from './targets.js';

/** A case in which a fault shows, and what QEMU answered in it, by the place of the request among the actions. */
interface Pinned {
  /** Its kind: each architecture has one of each. */
  readonly fault: PlantedFault['kind'];
  readonly case: object;
  readonly answers: readonly (readonly [number, Answer])[];
}

/** The folder of an architecture's faults, and of the cases that show them. */
const folderOf = ({ architecture }: QemuTarget): URL => new URL(`./${architecture.name}/`, import.meta.url);
const fileOf = (target: QemuTarget): URL => new URL('planted.json', folderOf(target));
const targets = await Promise.all(
  (await loadTargets()).map(async (target) => {
    const { FAULTS } = await import(new URL('faults.ts', folderOf(target)).href);
    return { target, faults: FAULTS as readonly PlantedFault[] };
  }),
);
/** Cases of each mode that may be looked at for one that shows the fault. */
const BUDGET = 400;

function modeOf(target: QemuTarget, name: string): TargetMode {
  return target.modes.find((mode) => mode.name === name)!;
}

/** With QEMU: the smallest case found in which our hardware agrees and the one with the fault does not. */
async function pin(target: QemuTarget, fault: PlantedFault): Promise<Pinned> {
  const planted = await plant(target.architecture.name, fault);
  try {
    for (const mode of target.modes) {
      const good = new SideBySide(target, mode);
      const bad = new planted.SideBySide(planted.target, modeOf(planted.target, mode.name));
      let answers: ReadonlyMap<number, Answer> = new Map();
      const shows = async (c: Case): Promise<boolean> => {
        try {
          const result = await good.compare(c);
          if (result.difference !== undefined) return false;
          if (bad.judgeRecorded(c, result.answers).difference === undefined) return false;
          answers = result.answers;
          return true;
        } catch (error) {
          if (!(error instanceof QemuStopped)) throw error;
          await good.stop();
          return false;
        }
      };
      try {
        for (const c of fc.sample(mode.cases, { seed: 1, numRuns: BUDGET })) {
          if (!(await shows(c))) continue;
          const least = await shrink(c, shows);
          await shows(least);
          return { fault: fault.kind, case: caseToJson(least), answers: [...answers] };
        }
      } finally {
        await good.stop();
      }
    }
  } finally {
    planted.remove();
  }
  throw new Error(`${target.architecture.name}, ${fault.kind}: not found in ${BUDGET} cases a mode`);
}

// `npm run test:planted` looks for the cases anew.
if (process.env.PIN_PLANTED) {
  for (const { target, faults } of targets) {
    const pinned: Pinned[] = [];
    for (const fault of faults) pinned.push(await pin(target, fault));
    writeFileSync(fileOf(target), `${JSON.stringify(pinned, null, 1)}\n`);
  }
}

afterAll(removeCopy);

describe.each(targets.map((one) => [one.target.architecture.name, one] as const))('%s', (name, one) => {
  const { target, faults } = one;
  const pinned = JSON.parse(readFileSync(fileOf(target), 'utf8')) as Pinned[];

  test('has a fault of each kind, and a case that shows it', () => {
    const kinds = faults.map(({ kind }) => kind);
    expect([...kinds].sort()).toEqual([
      'address mask',
      'level',
      'permission',
      'reserved bit',
      'scope',
      'tag',
    ]);
    expect(pinned.map(({ fault }) => fault)).toEqual(kinds);
  });

  test.each(pinned)(
    "$fault: agrees with QEMU's recorded answers, and with the fault in it does not",
    async (pin) => {
      const c = caseFromJson(pin.case);
      const recorded = new Map(pin.answers);
      expect(
        new SideBySide(target, modeOf(target, c.mode)).judgeRecorded(c, recorded).difference,
      ).toBeUndefined();
      const planted = await plant(name, faults.find(({ kind }) => kind === pin.fault)!);
      try {
        const bad = new planted.SideBySide(planted.target, modeOf(planted.target, c.mode));
        expect(bad.judgeRecorded(c, recorded).difference).toBeDefined();
      } finally {
        planted.remove();
      }
    },
  );
});
