import { describe, expect, test } from 'vitest';
import { ROW } from '../../../src/vocabulary/architecture.js';
import type { StepContext } from '../../../src/vocabulary/context.js';
import * as attribute from '../../../src/hardware/smmuv3/attributes.js';
import { CONFIG, DEFAULT, STE_ATS } from '../../../src/hardware/smmuv3/entries/stream.js';
import * as stream from '../../../src/hardware/smmuv3/entries/stream.js';
import * as table from '../../../src/hardware/smmuv3/entries/table.js';
import { eventName } from '../../../src/hardware/smmuv3/events.js';
import { guest, GUEST_CONTEXT } from '../../../src/hardware/smmuv3/guest.js';
import { KIND } from '../../../src/hardware/smmuv3/index.js';
import { CHANGE, smmuSteps } from '../../../src/hardware/smmuv3/steps/index.js';
import { FastWalker } from '../../../src/hardware/smmuv3/walk-fast.js';
import { NaiveWalker } from '../../../src/hardware/smmuv3/walk-naive.js';
import { device, row, shape } from '../machine.js';
import { firstFlags, secondFlags, SmmuMachine } from './world.js';

const RID = 0x10;
const FIRST_WITH = { contexts: 20, maximum: 4 };

function operator(devices = [device(RID)]) {
  const machine = new SmmuMachine(shape({ devices }));
  const context = {
    shape: machine.world,
    memory: {
      low: (frame: number, index: number) => machine.low(frame, index),
      high: (frame: number, index: number) => machine.high(frame, index),
      store: (frame: number, index: number, low: number, high: number) =>
        machine.store(frame, index, [low, high]),
    },
    hardware: { root: () => machine.roots[0] },
  } as unknown as StepContext;
  const run = (name: string, inputs: readonly number[], statics: Record<string, string> = {}): number => {
    expect(inputs.length, `inputs of ${name}`).toBe(smmuSteps[name].inputs.length);
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = inputs;
    return smmuSteps[name].bind(context, statics)(a, b, c, d, e, 0);
  };
  /** A stream table entry as the steps take it: table, device, fields, contexts, root. */
  const entry = (
    config: number,
    over: Partial<Record<'contexts' | 'maximum' | 'byDefault' | 'ats' | 'vmid' | 'root', number>> = {},
  ): number[] => {
    const { contexts = 0, maximum = 0, byDefault = 0, ats = 0, vmid = 0, root = 0 } = over;
    const fields = run('streamFields', [config, maximum, byDefault, ats, vmid]);
    return [machine.streams, 0, fields, contexts, root];
  };
  const write = (target: readonly number[]): void => {
    for (const word of ['1', '2', '3', '0']) run('storeStream', target, { word });
  };
  return { machine, run, entry, write };
}

type Described = Parameters<ReturnType<typeof operator>['entry']>;

describe('a stream table entry becomes another', () => {
  const { entry, run, write } = operator();
  const second = { vmid: 3, root: 21 };
  test.each([
    ['bypass to stage 1', [CONFIG.bypass], [CONFIG.first, { ...FIRST_WITH, byDefault: DEFAULT.zero }], 1],
    ['stage 1 to abort', [CONFIG.first, FIRST_WITH], [CONFIG.abort], 1],
    ['abort to stage 2', [CONFIG.abort], [CONFIG.second, second], 1],
    [
      'stage 2 to nested',
      [CONFIG.second, { ...second, ats: 1 }],
      [CONFIG.nested, { ...second, contexts: 9, ats: 1 }],
      1,
    ],
    [
      'S1DSS',
      [CONFIG.first, { ...FIRST_WITH, byDefault: DEFAULT.bypass }],
      [CONFIG.first, { ...FIRST_WITH, byDefault: DEFAULT.zero }],
      2,
    ],
    ['ATS alone', [CONFIG.first, FIRST_WITH], [CONFIG.first, { ...FIRST_WITH, ats: 1 }], CHANGE.none],
    ['stage 1 to stage 2', [CONFIG.first, FIRST_WITH], [CONFIG.second, second], CHANGE.breaking],
    [
      'one stage 2 to another',
      [CONFIG.second, second],
      [CONFIG.second, { vmid: 4, root: 22 }],
      CHANGE.breaking,
    ],
    ['nothing', [CONFIG.second, second], [CONFIG.second, second], CHANGE.none],
  ] satisfies [string, Described, Described, number][])('%s', (_, from, to, change) => {
    write(entry(...(from as Described)));
    expect(run('streamChange', entry(...(to as Described)))).toBe(change);
  });

  test('what is ignored changes first, and a store that changes nothing says so', () => {
    const { machine, entry, run, write } = operator();
    write(entry(CONFIG.bypass));
    const target = entry(CONFIG.first, { ...FIRST_WITH, byDefault: DEFAULT.zero, ats: 1 });
    const at = stream.streamIndex(RID);
    expect(run('storeUnusedStream', target, { word: '1' })).toBe(1);
    expect(machine.low(machine.streams, at + 1)).toBe(DEFAULT.zero | STE_ATS);
    expect(run('storeUnusedStream', target, { word: '1' })).toBe(0);
    expect(run('storeStream', target, { word: '0' })).toBe(1);
    const back = entry(CONFIG.bypass);
    expect(run('storeUnusedStream', back, { word: '1' }), 'S1DSS is in use').toBe(0);
    expect(run('clearStreamValid', [machine.streams, 0])).toBe(1);
    expect(run('storeUnusedStream', back, { word: '1' }), 'nothing is').toBe(1);
  });
});

test('words are read in any order: without the invalidation between two stores the entry is torn', () => {
  const torn = (flushes: boolean): boolean => {
    const { machine, entry, run, write } = operator();
    write(entry(CONFIG.bypass));
    let rows = machine.close();
    const target = entry(CONFIG.first, { ...FIRST_WITH, byDefault: DEFAULT.zero });
    for (const word of ['1', '2', '3']) run('storeUnusedStream', target, { word });
    rows = machine.close(rows);
    const isConfiguration = (text: string) => row(text)[ROW.kind] <= KIND.stream;
    if (flushes) rows = machine.close([...rows].filter((text) => !isConfiguration(text)));
    run('storeStream', target, { word: '0' });
    return [...machine.close(rows)].map(row).some((one) => {
      const isFirst = attribute.configOf(one[ROW.attributes]) === CONFIG.first;
      return (
        one[ROW.kind] === KIND.stream && isFirst && attribute.defaultOf(one[ROW.attributes]) !== DEFAULT.zero
      );
    });
  };
  expect(torn(false)).toBe(true);
  expect(torn(true)).toBe(false);
});

test('a context descriptor is torn likewise', () => {
  const { machine, run, entry, write } = operator();
  const contexts = machine.table();
  write(entry(CONFIG.first, { contexts, maximum: 0 }));
  const descriptor = (asid: number, root: number) => [contexts, 0, asid, root, 0];
  const [before, after] = [machine.table(), machine.table()];
  expect(run('contextChange', descriptor(5, before))).toBe(1);
  for (const step of ['storeContextTable', 'storeContextFirst']) run(step, descriptor(5, before));
  expect(run('contextChange', descriptor(5, before))).toBe(CHANGE.none);
  expect(run('contextChange', descriptor(6, after))).toBe(CHANGE.breaking);
  const rows = machine.close();
  run('clearContextValid', [contexts, 0]);
  expect(run('isContextValid', [contexts, 0])).toBe(0);
  for (const step of ['storeContextTable', 'storeContextFirst']) run(step, descriptor(6, after));
  const found = [...machine.close(rows)].map(row).filter((one) => one[ROW.kind] === KIND.context);
  expect(found.map((one) => [one[ROW.page], one[ROW.frame]]).sort()).toEqual([
    [5, before],
    [5, after],
    [6, before],
    [6, after],
  ]);
});

test('only the accesses of devices that wait for answers are held', () => {
  const { machine, run, entry } = operator([device(RID, { pri: true }), device(0x20)]);
  const contexts = machine.table();
  for (const [index, stalls] of [
    [0, true],
    [1, false],
  ] as const) {
    const [, , fields, ...rest] = entry(CONFIG.first, { contexts });
    for (const word of ['1', '2', '3', '0'])
      run('storeStream', [machine.streams, index, fields, ...rest], { word });
    const descriptor = [contexts, 0, 5 + index, machine.table(), index];
    for (const step of ['storeContextTable', 'storeContextFirst']) run(step, descriptor);
    expect(machine.bound.holds!(index, -1, 7)).toBe(stalls);
    const walker = new NaiveWalker(
      machine,
      () => 2,
      () => true,
    );
    expect(eventName(walker.translate(0, machine.world.devices[index].rid, -1, 7, 1))).toBe('translation');
  }
});

test('a guest has its context descriptor in the page of its table', () => {
  const { machine, entry, write } = operator();
  const [page, data] = [0x400, 0x401];
  const root = machine.table();
  const guestTable = machine.table();
  machine.map(root, 4, page, guestTable, secondFlags(3));
  machine.map(root, 4, data, 50, secondFlags(3));
  write(entry(CONFIG.nested, { contexts: page, vmid: 3, root }));
  for (const [index, low, high] of guest.context!(page)) {
    machine.store(guestTable, index, [low, high]);
    expect(table.isDescriptor(low, 1), 'no descriptor of its own').toBe(false);
  }
  machine.store(guestTable, 0, guest.pointer(page, 3));
  machine.store(guestTable, 1, guest.leaf(data, 3));
  for (const walker of [
    new NaiveWalker(machine, () => 2),
    new FastWalker(
      machine.ram,
      () => machine.roots[0],
      () => 2,
    ),
  ]) {
    expect(walker.translate(0, RID, -1, 1, 2)).toBe(0);
    expect(walker.frame).toBe(50);
  }
  const reached = [...machine.close()].map(row).filter((one) => one[ROW.kind] === KIND['flight-nested']);
  expect(reached.some((one) => one[ROW.page] === 1 && one[ROW.frame] === 50)).toBe(true);
  expect(GUEST_CONTEXT).toBeGreaterThan(0);
});

test('tables: link, leaf, collect', () => {
  const { machine, run } = operator();
  const [root, child] = [machine.table(), machine.table()];
  expect(run('nextTable', [root, 0x400, 4])).toBe(0);
  expect(run('installTable', [root, 0x400, 4, child])).toBe(child);
  expect(run('installTable', [root, 0x400, 4, machine.table()]), 'somebody was first').toBe(child);
  run('storeLeaf', [1, child, 0x400, 1, 7]);
  expect(machine.low(child, 0x400 & 511) & 0xfff).toBe(firstFlags(1));
  expect(run('nextTable', [child, 0x400, 1])).toBeLessThan(0);
  run('storeLeaf', [0, child, 0x400, 3 | (1 << 2), 512]);
  expect(machine.low(child, 2) & 0xfff).toBe(secondFlags(3, 2));
  run('clearLeaf', [child, 0x400, 1]);
  expect(machine.low(child, 0x400 & 511)).toBe(0);
  expect(run('collectTable', [root, 4])).toBe(child);
  expect(run('collectTable', [root, 4])).toBe(0);
});
