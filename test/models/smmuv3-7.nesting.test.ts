import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { worldBuilder } from '../../src/catalog/build-world.js';
import { replay } from '../../src/checker/trace.js';
import { parseTrace } from '../../src/trace/parse.js';
import { differences, follow } from '../world/follow.js';
import { command } from '../cli/command.js';

/** Traces of ioasid, mended, in which the host unmaps the page that holds a guest's context descriptors. */
async function replayed(name: string): Promise<unknown> {
  const file = fileURLToPath(new URL(`smmuv3-7.nesting/${name}.json`, import.meta.url));
  return JSON.parse((await command(['replay', file, '--json'])).out);
}

test('the page is mapped anew: what a descriptor that is still cached leads to is the loss of the guest alone', async () => {
  expect(await replayed('kept-descriptor')).toMatchObject({ verdict: 'holds', steps: 229, skipped: [] });
});

test('the page is given back: a descriptor is read from it no longer once stage 2 is invalidated', async () => {
  expect(await replayed('descriptor-being-read')).toMatchObject({
    verdict: 'holds',
    steps: 205,
    skipped: [],
  });
});

test('the closure rule said once more blames the guest too, step by step', async () => {
  const file = new URL('smmuv3-7.nesting/kept-descriptor.json', import.meta.url);
  const { mends, driver, shape, steps, finished } = parseTrace(readFileSync(file, 'utf8'));
  const build = await worldBuilder({
    design: { name: 'ioasid' },
    driver,
    mends,
    without: [],
    properties: [],
    concrete: false,
  });
  const world = build(shape);
  const closure = follow(world);
  let compared = 0;
  const after = (): void => {
    compared += 1;
    expect(differences(world, closure)).toEqual([]);
  };
  replay(world, { records: steps, finished }, { after });
  expect(compared).toBe(steps.length);
});
