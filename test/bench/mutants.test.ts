import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { listMutants, mutantSpec, type PinnedMutant, type UnnoticedMutant } from '../../bench/mutants.js';
import { buildWorld } from '../../src/catalog/build-world.js';
import { mendedReplay } from '../../src/checker/mended-replay.js';
import { replay } from '../../src/checker/trace.js';
import { findingKey } from '../../src/checker/finding.js';

function listIn<T>(name: string): T[] {
  return JSON.parse(readFileSync(new URL(`../mutants/${name}.json`, import.meta.url), 'utf8')) as T[];
}

const pinned = listIn<PinnedMutant>('pinned');
const unnoticed = listIn<UnnoticedMutant>('unnoticed');

describe('steps taken out', () => {
  it.each(pinned)('$step is missed: $cause', async ({ design, step, property, cause, steps, finished }) => {
    const world = await buildWorld(await mutantSpec(design, step));
    expect(
      mendedReplay(world, steps, finished, findingKey({ property, cause, explanation: [] })),
    ).toBeDefined();
  });

  it.each(pinned)('with $step in place the same trace holds', async ({ design, cause, steps, finished }) => {
    const world = await buildWorld(await mutantSpec(design));
    const { violations } = replay(world, { records: steps, finished }, { tolerant: true });
    expect(violations.map((violation) => violation.cause)).not.toContain(cause);
  });

  it('keeps lists of steps that exist, each on one list, with reasons', async () => {
    const known = (await listMutants()).map(({ step }) => step);
    const listed = [...pinned, ...unnoticed].map(({ step }) => step);
    expect(known).toEqual(expect.arrayContaining(listed));
    expect(new Set(listed).size).toBe(listed.length);
    for (const { reason } of unnoticed) expect(reason).not.toBe('');
  });
});
