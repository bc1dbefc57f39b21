import { expect, test } from 'vitest';
import { coverageReport } from '../../src/cli/coverage-report.js';

const TRANSITIONS: readonly (readonly [name: string, hits: number, condition?: string])[] = [
  ['toy/attach: lock --done[0]--> look', 3],
  ['toy/attach: look --done[0]--> gone', 0, 'result = 0'],
  ['toy/attach: look --done[1]--> put', 3],
  ['toy/attach: put --done[0]--> attached', 3],
  ['toy/attach: put --error[0]--> undo', 0],
  ['toy/attach: gone --done[0]--> told', 0],
  ['toy/attach: told --done[0]--> failed', 0],
  ['toy/detach: look --done[0]--> none', 2, 'result = 0'],
  ['toy/detach: look --done[1]--> put', 0],
  ['toy/detach: none --done[0]--> detached', 0],
  ['toy/reset: lock --done[0]--> reset', 0],
  ['lifecycle/device: absent --PROBE[0]--> present', 1],
  ['lifecycle/device: present --RELEASE[0]--> absent', 0],
  ['lifecycle/device: present --OWN[0]--> owned', 0],
  ['lifecycle/invalidation: idle --SUBMITTED[0]--> submitted', 4],
  ['lifecycle/invalidation: submitted --EFFECTIVE[0]--> effective', 0],
];

const report = coverageReport(
  {
    transitions: { names: TRANSITIONS.map(([name]) => name), hits: TRANSITIONS.map(([, hits]) => hits) },
    interruptions: { names: ['toy/attach/put', 'toy/attach/put', 'toy/attach/look'], hits: [0, 2, 0] },
  },
  {
    conditions: new Map(TRANSITIONS.map(([name, , condition = '']) => [name, condition])),
    sent: new Set(['device PROBE', 'device RELEASE']),
  },
);

test('says of each transition that was not taken why', () => {
  const reasons = report.transitions.unreached.map(({ transition, reason }) => [transition, reason]);
  expect(reasons).toEqual([
    ['toy/attach: look --done[0]--> gone', 'result = 0 never held there'],
    ['toy/attach: gone --done[0]--> told', 'it comes after look --done[0]--> gone, which was not taken'],
    ['toy/attach: told --done[0]--> failed', 'it comes after look --done[0]--> gone, which was not taken'],
    ['toy/detach: look --done[1]--> put', 'another branch was taken each time'],
    ['toy/detach: none --done[0]--> detached', 'none was entered and never left'],
    ['toy/reset: lock --done[0]--> reset', 'toy/reset was not begun in any run'],
    ['lifecycle/device: present --RELEASE[0]--> absent', 'RELEASE never came there'],
    ['lifecycle/device: present --OWN[0]--> owned', 'no step sends OWN'],
    ['lifecycle/invalidation: submitted --EFFECTIVE[0]--> effective', 'EFFECTIVE never came there'],
  ]);
});

test('counts what was taken of all there are, failures apart, and states of one name once', () => {
  expect(report.transitions).toMatchObject({ taken: 6, total: 15 });
  expect(report.failures).toMatchObject({
    taken: 0,
    total: 1,
    unreached: [{ reason: 'what the state does never failed this way' }],
  });
  expect(report.interruptions).toEqual({ seen: 1, total: 2 });
});
