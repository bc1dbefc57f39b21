import { describe, expect, test } from 'vitest';
import { pairShape, randomShape, smallShape, tinyParts } from '../../src/world/scopes.js';
import type { World } from '../../src/world/world.js';
import { drawAny, enabledOf, encodingOf, isSame, randomOf, walk } from './random-walk.js';
import { type Call, Story, toyWorld } from './toy-world.js';
import { PAIRS, worldOf } from './worlds.js';

const causesOf = (world: World) =>
  world.violations.map(({ cause }) => cause.split(':').slice(0, 2).join(':')).sort();

describe.each(PAIRS)('what is written of $name can be read back', (pair) => {
  const shapes = [
    randomShape(pair),
    pairShape(pair),
    smallShape(pair),
    ...tinyParts(pair).map(({ shape }) => shape),
  ];
  test.each(shapes)('in $name', (shape) => {
    const world = worldOf(pair, { shape });
    const copy = worldOf(pair, { shape });
    const random = randomOf('encoding', pair.name, shape.name);
    for (let round = 0; round < 8; round++) {
      walk(world, random, 15, () => world.violations.length === 0);
      const written = encodingOf(world);
      copy.decode(written, 0, written.length);
      if (!isSame(encodingOf(copy), written)) expect(encodingOf(copy)).toEqual(written);
      if (!isSame(enabledOf(copy), enabledOf(world))) expect(enabledOf(copy)).toEqual(enabledOf(world));
      expect(copy.quiescent()).toBe(world.quiescent());
      for (let agent = 0; agent < world.agents; agent++)
        expect(copy.position(agent)).toBe(world.position(agent));
      // What the last step returned is no part of a state, and names what it lost.
      world.decode(written, 0, written.length);
      world.check();
      copy.check();
      expect(causesOf(copy)).toEqual(causesOf(world));
      if (world.violations.length > 0) world.reset();
    }
  });
});

test('a state that was read back goes on as the one it was written from', () => {
  const choice = { shape: { callers: 2, allocationFailures: 1, badCalls: true } };
  const world = toyWorld(choice);
  const copy = toyWorld(choice);
  const random = randomOf('side by side');
  for (let step = 0; step < 4000; step++) {
    if (random.below(10) === 0) {
      const written = encodingOf(world);
      copy.decode(written, 0, written.length);
    } else if (step === 0) continue;
    const action = drawAny(world, random);
    const there = enabledOf(world).indexOf(action);
    expect(enabledOf(copy)[there]).toBe(action);
    world.apply(action);
    copy.apply(action);
    expect(causesOf(copy)).toEqual(causesOf(world));
    expect(encodingOf(copy)).toEqual(encodingOf(world));
    if (world.violations.length > 0) {
      world.reset();
      copy.reset();
    }
  }
});

test('which of two independent calls came first leaves no trace', () => {
  const [VM1, VM2] = [1, 2];
  const start: Call[] = [
    ['allocFrame', VM1, 0],
    ['allocFrame', VM2, 1],
    ['createSpace', VM1, 0, 0],
    ['createSpace', VM2, 1, 0],
  ];
  const first: Call = ['map', VM1, 0, 0, 0, 3, 0];
  const second: Call = ['map', VM2, 1, 1, 1, 1, 0];
  const ended = [
    [first, second],
    [second, first],
  ].map((calls) => {
    const told = new Story(toyWorld());
    for (const call of [...start, ...calls]) told.call(...call);
    expect(told.causes).toEqual([]);
    return encodingOf(told.world);
  });
  expect(ended[0]).toEqual(ended[1]);
});

/** Words of the state that some step, property or agent reads, with a value each could not have by renaming. */
function liveWords(world: World): Map<string, [index: number, value: number]> {
  const { words, machine, shape, ledger } = world;
  const found = new Map<string, [number, number]>();
  const add = (name: string, index: number, value = words[index] + 1) =>
    found.set(`${name} @${index}`, [index, value]);
  for (const table of world.tables.values()) {
    for (let place = 1; place <= table.capacity; place++) {
      if (!table.isPlaceLive(place)) continue;
      const at = table.wordsAt(place);
      table.fieldTypes.forEach((type, i) => {
        if (type === 'int') add(`${table.name}.${table.fieldNames[i]}`, at + 1 + i);
        else if (words[at + 1 + i] !== 0) add(`${table.name}.${table.fieldNames[i]}`, at + 1 + i, 0);
      });
    }
  }
  for (let agent = 0; agent < world.firstHardware; agent++) {
    if (world.agentStates.isIdle(agent)) continue;
    const { program, local } = world.points[world.agentStates.point(agent)];
    for (const register of program.live[local]) {
      const index = world.agentStates.registersAt(agent) + register;
      if (program.registerTypes[register] === 'int') add(`register ${register}`, index);
      else if (words[index] !== 0) add(`register ${register}`, index, 0);
    }
    if (agent < world.firstDeclared)
      add('flags', world.agentStates.flagsAt(agent), words[world.agentStates.flagsAt(agent)] ^ 1);
  }
  for (let i = 0; i < shape.devices.length; i++)
    add('device', machine.registers.devices + i, words[machine.registers.devices + i] ^ 2);
  for (let i = 0; i < shape.frames; i++) add('pin', world.pinsAt + i);
  for (let i = 0; i < shape.devices.length * world.authority.slotCount; i++)
    add('label', world.labels.region.base + i);
  add('failures', world.failuresAt);
  const ghost = world.authority.region;
  for (let i = 0; i < ghost.size * world.authority.count; i++) add('authority', ghost.base + i);
  for (const { base, size } of world.monitors.regions)
    for (let i = 0; i < size; i++) add('monitor', base + i);
  for (const { base, used } of world.queueRegions()) for (let i = 1; i < used; i++) add('queue', base + i);
  for (let i = 0; i < ledger.staleCount; i++) {
    for (const column of [1, 2, 3, 4, 5, 7, 9, 10]) add('stale', ledger.staleAt(i) + column);
  }
  return found;
}

test.each(PAIRS)('nothing that can be read is left out in $name', (pair) => {
  const shape = pairShape(pair);
  const world = worldOf(pair, { shape });
  const random = randomOf('perturbed', pair.name);
  let changed = 0;
  for (let round = 0; round < 5; round++) {
    walk(world, random, 60, () => world.violations.length === 0);
    const written = Buffer.from(encodingOf(world));
    const same: string[] = [];
    for (const [name, [index, value]] of liveWords(world)) {
      const kept = world.words[index];
      world.words[index] = value;
      if (Buffer.compare(written, encodingOf(world)) === 0) same.push(name);
      world.words[index] = kept;
      changed++;
    }
    expect(same).toEqual([]);
    if (world.violations.length > 0) world.reset();
  }
  expect(changed).toBeGreaterThan(500);
});
