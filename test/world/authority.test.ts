import { expect, test } from 'vitest';
import { Layout, StateVector } from '../../src/hardware/state-vector.js';
import type { Random } from '../../src/vocabulary/random.js';
import type { OperationName } from '../../src/vocabulary/operations.js';
import type { WorldShape } from '../../src/vocabulary/shape.js';
import { Authority, OPERATION_CODE } from '../../src/world/authority.js';
import { device, shape as shapeOf } from '../hardware/machine.js';
import { emptyGhost, type Ghost, type Happened, linearise, mappingText } from './linearise.js';
import { randomOf } from './random-walk.js';

const SLOTS = 2;
const shape: WorldShape = shapeOf({
  devices: [device(0x10, { slots: 1 }), device(0x18, { slots: 1 })],
  principals: ['kernel', 'vm1', 'vm2'],
  spaces: 2,
  frames: 2,
  pages: [0x400, 0x401],
  callers: 3,
});

type Scope = 'group' | 'device';

function makeAuthority(scope: Scope, world: WorldShape = shape): Authority {
  const layout = new Layout();
  const authority = new Authority(() => {}, world, scope, 'blocked', false, layout);
  authority.connect(new StateVector(layout.size));
  authority.reset();
  return authority;
}

/** One possible state as the authority has it, in the words of the plain model. */
function stateOf(authority: Authority, v: number, callers: readonly number[]): string {
  const ghost: Ghost = emptyGhost(shape, SLOTS);
  ghost.frames = ghost.frames.map((_, frame) => authority.frameOwner(v, frame));
  for (let space = 0; space < shape.spaces; space++) {
    if (authority.spaceKind(v, space) === 0) continue;
    ghost.spaces[space] = {
      kind: authority.spaceKind(v, space),
      owner: authority.spaceOwner(v, space),
      pages: shape.pages.map((_, page) => {
        const word = authority.mapping(v, space, page);
        return word === 0 ? '' : mappingText(word >>> 6, word & 3);
      }),
    };
  }
  ghost.devices = ghost.devices.map((plain, i) => ({
    present: authority.present(v, i),
    owner: authority.owner(v, i),
    isMember: authority.isMember(v, i),
    attached: plain.attached.map((_, slot) => authority.attached(v, i, slot)),
    exists: plain.exists.map((_, slot) => authority.slotExists(v, i, slot)),
  }));
  return `${JSON.stringify(ghost)} taken ${callers.filter((caller) => authority.hasTaken(v, caller)).join()}`;
}

type Drawn = readonly (readonly [OperationName, ...number[]])[];
const CALLING: Drawn = [
  ['allocFrame', 2],
  ['freeFrame', 2],
  ['createSpace', 2, 1],
  ['createSpace', 2, 1],
  ['freeSpace', 2],
  ['map', 2, 2, 2, 4],
  ['unmap', 2, 2],
  ['attach', 2, 2, 2],
  ['attach', 2, 2, 2],
  ['replace', 2, 2, 2],
  ['detach', 2, 2],
  ['createSubdevice', 2],
  ['removeSubdevice', 2],
  ['claimOwner', 2],
  ['releaseOwner', 2],
];
/** Devices that come and go while others of their group stay where they are. */
const PLUGGING: Drawn = [
  ['createSpace', 1, 1],
  ['createSpace', 1, 1],
  ['attach', 2, 1, 1],
  ['attach', 2, 1, 1],
  ['attach', 2, 1, 1],
  ['detach', 2, 1],
  ['claimOwner', 2],
  ['release', 2],
  ['release', 2],
  ['release', 2],
  ['probe', 2],
  ['probe', 2],
];

function drawCall(drawn: Drawn, random: Random, caller: number, began: number): Happened {
  const [name, ...bounds] = drawn[random.below(drawn.length)];
  const args = [0, 0, 0, 0, 0];
  bounds.forEach((bound, i) => {
    args[i] = random.below(bound);
  });
  if (name === 'createSubdevice' || name === 'removeSubdevice') args[1] = 1;
  return { caller, operation: OPERATION_CODE[name], args, principal: 1 + random.below(2), began };
}

const ALPHABETS = { calling: CALLING, plugging: PLUGGING };

test.each([
  ['group', 'calling', 6],
  ['device', 'calling', 6],
  ['group', 'plugging', 9],
  ['device', 'plugging', 9],
] as const)('the states kept are those of all orders, attachment by %s, %s', (scope, alphabet, longest) => {
  let unexplained = 0;
  let most = 0;
  for (let run = 0; run < 250; run++) {
    const random = randomOf('authority', scope, alphabet, run);
    const authority = makeAuthority(scope);
    const calls: Happened[] = [];
    const open = () => calls.filter((call) => call.returned === undefined);
    for (let time = 0; time < 2 * longest + 2; time++) {
      const idle = [0, 1, 2].filter((caller) => !open().some((call) => call.caller === caller));
      let explained = true;
      if (idle.length > 0 && calls.length < longest && random.below(5) < 3) {
        calls.push(drawCall(ALPHABETS[alphabet], random, idle[random.below(idle.length)], time));
        authority.spreadOut(open(), () => 'effect');
      } else if (open().length > 0) {
        const call = open()[random.below(open().length)];
        call.returned = time;
        call.succeeded = random.below(4) !== 0;
        explained = authority.end(call, call.succeeded, () => true, open().length > 0) !== 'none';
      }
      const expected = linearise(calls, emptyGhost(shape, SLOTS), shape, scope);
      expect(explained).toBe(expected.size > 0);
      if (!explained) {
        unexplained++;
        break;
      }
      const callers = open()
        .map(({ caller }) => caller)
        .sort();
      const kept = Array.from({ length: authority.count }, (_, v) => stateOf(authority, v, callers));
      expect(new Set(kept).size).toBe(kept.length);
      expect([...kept].sort()).toEqual([...expected.keys()].sort());
      most = Math.max(most, kept.length);
    }
  }
  expect(unexplained).toBeGreaterThan(10);
  expect(most).toBeGreaterThan(6);
});
