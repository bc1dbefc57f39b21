import { expect, test } from 'vitest';
import { smallShape, tinyParts } from '../../src/world/scopes.js';
import { drawAny, enabledOf, encodingOf, isSame, randomOf } from './random-walk.js';
import { PAIRS, worldOf } from './worlds.js';

const shapes = PAIRS.flatMap((pair) =>
  [smallShape(pair), ...tinyParts(pair).map(({ shape }) => shape)].map((shape) => ({
    pair,
    shape,
  })),
);
test.each(shapes)(
  'a state of $pair.name that was read back goes on as the one it was written from, in $shape.name',
  ({ pair, shape }) => {
    const world = worldOf(pair, { shape });
    const copy = worldOf(pair, { shape });
    const random = randomOf('congruence', pair.name, shape.name);
    let written = encodingOf(world);
    copy.decode(written, 0, written.length);
    for (let step = 0; step < 220; step++) {
      if (random.below(12) === 0) {
        written = encodingOf(world);
        copy.decode(written, 0, written.length);
      }
      const action = drawAny(world, random);
      if (action < 0) break;
      if (!isSame(enabledOf(copy), enabledOf(world))) expect(enabledOf(copy)).toEqual(enabledOf(world));
      world.apply(action);
      copy.apply(action);
      const causes = (of: typeof world) => of.violations.map(({ cause }) => cause).sort();
      expect(causes(copy)).toEqual(causes(world));
      if (!isSame(encodingOf(copy), encodingOf(world))) expect(encodingOf(copy)).toEqual(encodingOf(world));
      if (world.violations.length > 0) {
        world.reset();
        copy.reset();
      }
    }
  },
);
