import { FullClosure, rowText } from '../../src/world/full-closure.js';
import { BLAME, guestBlame, isGuestBlame } from '../../src/world/ledger.js';
import type { Machine } from '../../src/world/machine.js';
import type { World } from '../../src/world/world.js';

/** The full closure tells guests' edits from calls, and not from each other. */
const GUEST = guestBlame(-1, 0);

/**
 * The full closure, driven alongside a world: whatever reaches the world's memory, registers, devices or caches reaches it
 * too, through the operations that steps use.
 */
export function follow(world: World): FullClosure {
  const { machine } = world;
  const { ram } = machine;
  const closure = new FullClosure(
    world.architecture,
    world.shape,
    {
      frames: machine.frames,
      low: (frame, index) => ram.low(frame, index),
      high: (frame, index) => ram.high(frame, index),
      nextUsed: (frame, index) => ram.nextUsed(frame, index),
      root: (iommu) => machine.root(iommu),
    },
    { control: (device, control) => machine.control(device, control) },
  );
  const blame = () => world.blame() + 1;
  after(machine, 'store', () => closure.changed(blame()));
  after(machine, 'storePair', () => closure.changed(blame()));
  after(machine, 'guestStore', () => closure.changed(GUEST));
  after(machine, 'setRoot', () => closure.changed(blame()));
  after(machine, 'setPresent', (device, present) => {
    if (present) closure.changed(blame());
    else closure.left(device, blame(), 'everything');
  });
  after(machine, 'resetDevice', (device) => closure.left(device, blame(), 'everything'));
  const { setDeviceControl, effect } = machine;
  machine.setDeviceControl = (device, control, on) => {
    const turnsOff = control === 'ats' && !on && machine.deviceControl(device, 'ats');
    setDeviceControl.call(machine, device, control, on);
    if (turnsOff) closure.left(device, blame(), 'translations');
    else closure.changed(blame());
  };
  machine.effect = (iommu, place) => {
    const taken = machine.effectAt(iommu, place);
    effect.call(machine, iommu, place);
    closure.took(taken);
  };
  return closure;
}

type Changing = 'store' | 'storePair' | 'guestStore' | 'setRoot' | 'setPresent' | 'resetDevice';

function after<K extends Changing>(
  machine: Machine,
  method: K,
  then: (...given: Parameters<Machine[K]>) => void,
): void {
  const original = machine[method] as (...given: Parameters<Machine[K]>) => void;
  const both = (...given: Parameters<Machine[K]>) => {
    original.apply(machine, given);
    then(...given);
  };
  Object.assign(machine, { [method]: both });
}

/** How ledger and full closure differ, as text; empty when they agree row by row, and in whom they may blame. */
export function differences(world: World, closure: FullClosure): string[] {
  const { ledger, words } = world;
  const name = (text: string) => `${world.architecture.kinds[Number(text.split(',')[0])].name} ${text}`;
  const memory = new Map<string, number>();
  const stale = new Map<string, number>();
  const found: string[] = [];
  ledger.forEachRow((at, isStale) => {
    const text = rowText(words, at);
    if (memory.has(text) || stale.has(text)) found.push(`twice: ${name(text)}`);
    if (isStale) stale.set(text, isGuestBlame(words[at + BLAME]) ? GUEST : words[at + BLAME]);
    else memory.set(text, 0);
  });
  for (const text of closure.members.keys()) {
    const isStale = closure.ledger.has(text);
    if (!(isStale ? stale : memory).has(text))
      found.push(`missing, ${isStale ? 'stale' : 'of memory'}: ${name(text)}`);
  }
  for (const text of memory.keys()) {
    if (!closure.members.has(text) || closure.ledger.has(text)) found.push(`not of memory: ${name(text)}`);
  }
  for (const [text, blame] of stale) {
    const member = closure.ledger.get(text);
    if (!member) found.push(`not stale: ${name(text)}`);
    else if (!member.blames.has(blame))
      found.push(`blames ${blame}, not ${[...member.blames].join(' or ')}: ${name(text)}`);
  }
  return found;
}
