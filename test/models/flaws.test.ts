import { describe, expect, it } from 'vitest';
import ioasid from '../../models/designs/ioasid/index.js';
import iommufd from '../../models/designs/iommufd/index.js';
import vtd from '../../models/drivers/vtd@7/index.js';
import { worldBuilder } from '../../src/catalog/build-world.js';
import { sampleBatch } from '../../src/checker/sample.js';
import { allMends } from '../../src/world/compiled-design.js';
import { randomShape } from '../../src/world/scopes.js';
import type { World } from '../../src/world/world.js';
import { type FlawPlace, PLACES } from './flaw-places.js';

const designs = { ioasid, iommufd };

/** Symptoms that two flaws end in, and nothing that a step can see tells apart (docs/decisions/world-causes.md). */
const SHARED: Readonly<Record<keyof typeof designs, readonly string[]>> = {
  ioasid: [
    'isolation:access in flight (second stage):ioasid/attach/unlockFailed',
    'isolation:device-TLB entry:ioasid/attach/unlockFailed',
    'isolation:translated access in flight:ioasid/attach/unlockFailed',
    'mapped-means-reachable:translation of a part of the group:ioasid/leaveIoasid/put',
  ],
  iommufd: [],
};
const BATCH = 16;
const BATCHES = 40;
const OPERATIONS = 60;

const builders = new Map<string, ReturnType<typeof worldBuilder>>();

async function worldIn(place: FlawPlace, mends: readonly string[]): Promise<World> {
  const { design, shape, callers, failures } = place;
  const key = [design, ...mends].join(' ');
  const builder =
    builders.get(key) ?? worldBuilder({ design: { name: design }, mends, without: [], concrete: true });
  builders.set(key, builder);
  const placed = shape(randomShape({ design: designs[design], driver: vtd }, callers));
  return (await builder)({ ...placed, allocationFailures: failures ?? placed.allocationFailures });
}

function causesIn(world: World, batch: number): string[] {
  const { failures } = sampleBatch([world], {
    seed: 1,
    operations: OPERATIONS,
    from: batch * BATCH,
    to: (batch + 1) * BATCH,
  });
  return failures.map(({ violation }) => violation.cause);
}

const flaws = [...ioasid.mends, ...iommufd.mends, ...vtd.mends];

it('has a place for every flaw', () => {
  expect(Object.keys(PLACES).sort()).toEqual(flaws.map(({ name }) => name).sort());
});

describe.each(flaws)('all mends but $name', ({ name, causes }) => {
  it.each([PLACES[name]].flat())(
    'show that flaw and no other, and it is not shown with its mend (%#)',
    async (place) => {
      const all = allMends(designs[place.design], vtd);
      const world = await worldIn(
        place,
        all.filter((mend) => mend !== name),
      );
      let batch = 0;
      let found: string[] = [];
      for (; found.length === 0 && batch < BATCHES; batch++) found = causesIn(world, batch);
      expect(found).not.toEqual([]);
      expect(causes).toEqual(expect.arrayContaining(found));
      expect(causesIn(await worldIn(place, all), batch - 1)).toEqual([]);
    },
  );
});

describe.each(Object.entries(designs))('the lists of %s', (name, design) => {
  const seen = [...design.mends, ...vtd.mends.filter(({ unseenIn }) => unseenIn?.[name] === undefined)];

  it('give no cause to two flaws, but the known ones', () => {
    // The driver's have causes of other designs too.
    const others = Object.keys(designs).filter((other) => other !== name);
    const causes = seen.flatMap((flaw) => flaw.causes);
    const shared = causes.filter(
      (cause, i) => causes.indexOf(cause) !== i && !others.some((other) => cause.includes(`:${other}/`)),
    );
    expect(shared.sort()).toEqual(SHARED[name as keyof typeof designs]);
  });
});
