import { describe, expect, test } from 'vitest';
import { PENDING } from '../../src/hardware/queue.js';
import { toy, TOY_COMMAND } from '../../src/hardware/toy/index.js';
import { toySteps } from '../../src/hardware/toy/steps.js';
import * as pasids from '../../src/hardware/vtd/entries/pasid.js';
import { COMMAND, vtd } from '../../src/hardware/vtd/index.js';
import { LEAF_ONLY, vtdSteps } from '../../src/hardware/vtd/steps/index.js';
import { NaiveWalker } from '../../src/hardware/vtd/walk-naive.js';
import { ERRNO } from '../../src/vocabulary/errno.js';
import { ROW } from '../../src/vocabulary/architecture.js';
import { row, WorstCase } from './machine.js';
import { operator } from './operator.js';

const RID = 0x10;

describe('steps of VT-d', () => {
  function routed(type: number) {
    const o = operator(vtd, vtdSteps);
    const { machine, run } = o;
    const [rootTable, contexts, directory, table, root] = Array.from({ length: 5 }, () => machine.table());
    run('setRootTable', 0, rootTable);
    expect(run('contextTable', rootTable, 0)).toBe(0);
    run('linkContextTable', rootTable, 0, contexts);
    expect(run('contextTable', rootTable, 0)).toBe(contexts);
    run('storeContextHigh', contexts, 0);
    run('storeContextLow', contexts, 0, directory);
    expect(run('contextDirectory', contexts, 0)).toBe(directory);
    run('linkPasidTable', directory, 1, table);
    expect(run('pasidTable', directory, 1)).toBe(table);
    const isFirst = type === pasids.FIRST_LEVEL ? 1 : 0;
    run('storePasidFirstTable', table, 1, isFirst ? root : 0);
    run('storePasidDomain', table, 1, 5);
    run('storePasidType', table, 1, type, isFirst ? 0 : root);
    expect(run('pasidEntryType', table, 1)).toBe(0);
    run('setPasidPresent', table, 1);
    expect([run('pasidEntryType', table, 1), run('pasidEntryDomain', table, 1)]).toEqual([type, 5]);
    let leaf = root;
    for (let level = 4; level > 1; level--) {
      expect(run('nextTable', isFirst, leaf, 3, level)).toBe(0);
      const child = machine.table();
      expect(run('installTable', isFirst, leaf, 3, level, child)).toBe(child);
      // Somebody else was first: the entry stays.
      expect(run('installTable', isFirst, leaf, 3, level, 1)).toBe(child);
      leaf = child;
    }
    run('storeLeaf', isFirst, leaf, 3, 3, 0x77);
    return { ...o, contexts, directory, table, root, leaf, isFirst, walker: new NaiveWalker(machine) };
  }

  test.each([pasids.FIRST_LEVEL, pasids.SECOND_LEVEL])('build a route of type %i that translates', (type) => {
    const o = routed(type);
    expect([o.walker.translate(0, RID, 1, 3, 3), o.walker.frame, o.walker.tag]).toEqual([0, 0x77, 5]);
    o.run('storeLeaf', o.isFirst, o.leaf, 3, 1, 0x77);
    expect(o.walker.translate(0, RID, 1, 3, 2)).not.toBe(0);
    o.run('clearLeaf', o.leaf, 3, 1);
    expect(o.walker.translate(0, RID, 1, 3, 1)).not.toBe(0);
  });

  test('a large page, and the tables given back one by one, deepest first', () => {
    const o = routed(pasids.SECOND_LEVEL);
    const upper = o.run('nextTable', 0, o.run('nextTable', 0, o.root, 3, 4), 3, 3);
    o.run('storeLeaf', 0, upper, 512, 3 | (1 << 2), 0x200);
    expect([o.walker.translate(0, RID, 1, 513, 3), o.walker.frame, o.walker.size]).toEqual([0, 0x201, 9]);
    expect(o.run('nextTable', 0, upper, 512, 2)).toBe(-ERRNO.EADDRINUSE);
    const collected = [1, 2, 3, 4].map(() => o.run('collectTable', 0, o.root, 4));
    expect(collected[0]).toBe(o.leaf);
    expect(collected[1]).toBe(upper);
    expect(collected[3]).toBe(0);
  });

  test('an entry is emptied store by store, or replaced at once', () => {
    const o = routed(pasids.SECOND_LEVEL);
    o.run('replacePasidUnit', o.table, 1, pasids.PASS_THROUGH, 0, 9);
    expect([o.walker.translate(0, RID, 1, 42, 3), o.walker.frame, o.walker.tag]).toEqual([0, 42, 9]);
    o.run('clearPasidPresent', o.table, 1);
    expect(o.run('pasidEntryDomain', o.table, 1)).toBe(9);
    for (let word = 0; word < pasids.PASID_QWORDS; word++) o.run('zeroPasidWord', o.table, 1, word);
    expect(o.machine.ram.used(o.table)).toBe(0);
    o.run('clearDirectoryEntry', o.directory, 1);
    expect(o.run('pasidTable', o.directory, 1)).toBe(0);
    o.run('clearContextPresent', o.contexts, 0);
    expect(o.run('contextDirectory', o.contexts, 0)).toBe(0);
    o.run('clearContextLow', o.contexts, 0);
    o.run('clearContextHigh', o.contexts, 0);
    expect(o.machine.ram.used(o.contexts)).toBe(0);
  });

  test('flushes put their scopes into the queue, and their tickets are waited for', () => {
    const o = operator(vtd, vtdSteps);
    const ticket = o.run('flushIotlbPages', 0, 5, 0x40, 3 + LEAF_ONLY);
    const command = (place: number): number[] =>
      (['command', 'device', 'pasid', 'tag', 'page', 'mask', 'hint'] as const).map((field) =>
        o.queue.field(0, place, PENDING[field]),
      );
    expect(command(0)).toEqual([COMMAND['iotlb-page'], 0, -1, 5, 0x40, 3, 1]);
    o.run('flushPasidIotlbPages', 0, 5, 7, 0x40, 0);
    expect(command(1)).toEqual([COMMAND['pasid-iotlb-page'], 0, 7, 5, 0x40, 0, 0]);
    o.run('flushPasidDeviceTlb', 0, 7, 0x40, 2);
    expect(command(2)).toEqual([COMMAND['pasid-device-tlb'], 0, 7, -1, 0x40, 2, 0]);
    o.run('flushContext', 0);
    expect(command(3).slice(0, 2)).toEqual([COMMAND['context-device'], 0]);
    expect([o.isReady('flushIotlbAll', 0), o.isReady('waitQueue', 0, ticket)]).toEqual([false, false]);
    o.queue.finish(0, 0);
    expect([o.isReady('flushIotlbAll', 0), o.isReady('waitQueue', 0, ticket)]).toEqual([true, true]);
  });
});

describe('the toy architecture', () => {
  test('maps by steps, and its unmap needs TLB, then device-TLB', () => {
    let worst: WorstCase | undefined;
    const o = operator(toy, toySteps, () => worst?.stored());
    const { machine, run } = o;
    const [routes, top, table] = Array.from({ length: 3 }, () => machine.table());
    run('setRoot', 0, routes);
    run('storeRoute', 0, 1, 5, top);
    expect(run('nextTable', top, 3)).toBe(0);
    run('linkTable', top, 3, table);
    expect(run('nextTable', top, 3)).toBe(table);
    run('storePage', table, 3, 3, 0x77);
    const config = [...machine.close()].map(row).find((r) => r[ROW.kind] === 0)!;
    const faults = (page: number, pasid: number): boolean =>
      machine.bound.faultOf(config, 0, pasid, page, 3) !== 0;
    expect([faults(3, 1), faults(4, 1), faults(4, 2)]).toEqual([false, true, false]);
    worst = new WorstCase(machine);
    run('clearPage', table, 3);
    expect(worst.ledgerKinds()).toEqual(['device-tlb', 'flight', 'flight-translated', 'page']);
    worst.effect('device');
    expect(worst.ledgerKinds()).toContain('device-tlb');
    worst.effect('page', { tag: 5, page: 3, mask: 0, hint: 1 });
    expect(worst.ledgerKinds()).toEqual(['device-tlb', 'flight-translated']);
    worst.effect('device');
    expect(worst.ledger()).toEqual([]);
    run('clearRoute', 0, 1);
    expect(worst.ledgerKinds()).toContain('route');
    worst.effect('route');
    worst.effect('space', { tag: 5 });
    worst.effect('device');
    expect(worst.ledger()).toEqual([]);
  });

  test('its commands have the numbers of their table', () => {
    expect(toy.commands.map((command) => command.name)).toEqual(Object.keys(TOY_COMMAND));
    expect(Object.values(TOY_COMMAND)).toEqual([0, 1, 2, 3, 4]);
    const o = operator(toy, toySteps);
    o.run('flushPage', 0, 5, 3, 0, 1);
    o.run('flushSpace', 0, 5);
    o.run('flushDevice', 0);
    expect([0, 1, 2].map((place) => o.queue.mayTakeEffect(0, place))).toEqual([true, true, false]);
  });
});

test('kinds and commands of VT-d have the numbers of their tables', async () => {
  const { KIND } = await import('../../src/hardware/vtd/index.js');
  expect(Object.keys(KIND)).toEqual(vtd.kinds.map((kind) => kind.name));
  expect(Object.values(KIND)).toEqual(vtd.kinds.map((_, number) => number));
  expect(Object.keys(COMMAND)).toEqual(vtd.commands.map((command) => command.name));
  expect(Object.values(COMMAND)).toEqual(vtd.commands.map((_, number) => number));
});
