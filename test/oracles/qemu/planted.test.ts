import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type Answer, type Case, caseFromJson, caseToJson } from '../../../src/oracles/qemu/case.js';
import { QemuStopped } from '../../../src/oracles/qemu/qtest.js';
import { shrink } from '../../../src/oracles/qemu/shrink.js';
import { SideBySide } from '../../../src/oracles/qemu/side-by-side.js';
import type { QemuTarget, TargetMode } from '../../../src/oracles/qemu/target.js';
import { FAULTS, type PlantedFault } from './planted/faults.js';
import { plant, removeCopy } from './planted/plant.js';
import { loadTargets } from './targets.js';

/** A case in which a fault shows, and what QEMU answered in it, by the place of the request among the actions. */
interface Pinned {
  readonly fault: string;
  readonly case: object;
  readonly answers: readonly (readonly [number, Answer])[];
}

const FILE = new URL('./planted/pinned.json', import.meta.url);
const targets = new Map((await loadTargets()).map((target) => [target.architecture.name, target]));
const nameOf = ({ hardware, kind }: PlantedFault): string => `${hardware}: ${kind}`;
/** Cases of each mode that may be looked at for one that shows the fault. */
const BUDGET = 400;

function modeOf(target: QemuTarget, name: string): TargetMode {
  return target.modes.find((mode) => mode.name === name)!;
}

/** With QEMU: the smallest case found in which our hardware agrees and the one with the fault does not. */
async function pin(fault: PlantedFault): Promise<Pinned> {
  const target = targets.get(fault.hardware)!;
  const planted = await plant(fault);
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
          return { fault: nameOf(fault), case: caseToJson(least), answers: [...answers] };
        }
      } finally {
        await good.stop();
      }
    }
  } finally {
    planted.remove();
  }
  throw new Error(`${nameOf(fault)}: not found in ${BUDGET} cases a mode`);
}

// `npm run test:planted` looks for the cases anew.
if (process.env.PIN_PLANTED) {
  const pinned: Pinned[] = [];
  for (const fault of FAULTS) pinned.push(await pin(fault));
  writeFileSync(FILE, `${JSON.stringify(pinned, null, 1)}\n`);
}

const pinned = JSON.parse(readFileSync(FILE, 'utf8')) as Pinned[];

afterAll(removeCopy);

test('every fault is pinned', () => {
  expect(pinned.map(({ fault }) => fault)).toEqual(FAULTS.map(nameOf));
});

describe.each(FAULTS.map((fault) => [nameOf(fault), fault] as const))('%s', (name, fault) => {
  const { case: written, answers } = pinned.find((one) => one.fault === name)!;
  const c = caseFromJson(written);

  test("our hardware agrees with QEMU's recorded answers, and with the fault in it does not", async () => {
    const target = targets.get(fault.hardware)!;
    const recorded = new Map(answers);
    expect(
      new SideBySide(target, modeOf(target, c.mode)).judgeRecorded(c, recorded).difference,
    ).toBeUndefined();
    const planted = await plant(fault);
    try {
      const bad = new planted.SideBySide(planted.target, modeOf(planted.target, c.mode));
      expect(bad.judgeRecorded(c, recorded).difference).toBeDefined();
    } finally {
      planted.remove();
    }
  });
});
