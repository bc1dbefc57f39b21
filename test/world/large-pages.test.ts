import { expect, test } from 'vitest';
import { sampleBatch } from '../../src/checker/sample.js';
import { type Errno, errnoName } from '../../src/vocabulary/errno.js';
import { randomShape } from '../../src/world/scopes.js';
import { VARIANTS } from '../../src/world/variants.js';
import { PAIRS, worldOf } from './worlds.js';

const RUNS = 48;
/** What each design answers who unmaps a part of a large page. */
const ANSWERS: Readonly<Record<string, Errno>> = {
  'primary-domain on vtd@7': 'EINVAL',
  ioasid: 'EINVAL',
  'iommufd mended': 'ENOENT',
  'iommufd on riscv@7': 'ENOENT',
};

test.each(Object.entries(ANSWERS))('%s refuses to unmap a part of a large page, with %s', (name, errno) => {
  const pair = PAIRS.find((each) => each.name === name) as (typeof PAIRS)[number];
  const world = worldOf(
    { ...pair, name: `${name} large`, mended: true },
    { concrete: true, shape: { ...VARIANTS.firstStage(randomShape(pair)), callers: 1 } },
  );
  const answers = new Map<string, number>();
  const { apply } = world;
  world.apply = (action) => {
    apply.call(world, action);
    const { returned } = world;
    if (returned?.operation !== 'unmap' || returned.overlapped) return;
    if (!returned.mayRefuse.includes('cutsMapping')) return;
    const answer = returned.outcome < 0 ? errnoName(returned.outcome) : 'success';
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
  };
  const { failures } = sampleBatch([world], { seed: 1, from: 0, to: RUNS, operations: 100 });
  expect(failures.map(({ violation }) => violation.cause)).toEqual([]);
  expect([...answers.keys()]).toEqual([errno]);
  expect(answers.get(errno)).toBeGreaterThan(1);
});
