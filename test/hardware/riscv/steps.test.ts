import { describe, expect, test } from 'vitest';
import { directoryLevels } from '../../../src/hardware/riscv/closure.js';
import { tableAt } from '../../../src/hardware/riscv/entries/pointer.js';
import { COMMAND, riscv } from '../../../src/hardware/riscv/index.js';
import { EVERY_PAGE, riscvSteps, STAGES, TOP_LEVEL } from '../../../src/hardware/riscv/steps/index.js';
import { NaiveWalker } from '../../../src/hardware/riscv/walk-naive.js';
import { PENDING } from '../../../src/hardware/queue.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { WorstCase } from '../machine.js';
import { operator } from '../operator.js';

const RID = 0x10;
const PSCID = 5;
const GSCID = 9;
const NO_PASID = -1;

/** A machine whose device directory leads to an empty device context. */
function contextual() {
  let worst: WorstCase | undefined;
  const o = operator(riscv, riscvSteps, () => worst?.stored());
  const { machine, run } = o;
  let table = machine.table();
  run('setDirectory', 0, table);
  for (let level = run('directoryDepth', 0); level > 1; level--) {
    expect(run('contextPage', 0)).toBe(0);
    expect(run('directoryEntry', table, 0, level)).toBe(0);
    const child = machine.table();
    expect(run('linkDirectory', table, 0, level, child)).toBe(child);
    // Somebody else was first: the entry stays.
    expect(run('linkDirectory', table, 0, level, 1)).toBe(child);
    table = child;
  }
  expect(run('contextPage', 0)).toBe(table);
  const walker = new NaiveWalker(machine, (iommu) => directoryLevels(machine.world, iommu));
  const watch = () => {
    worst = new WorstCase(machine);
    return worst;
  };
  return { ...o, contexts: table, walker, watch };
}

/** A root, four frames of which the first is used, that maps a page. */
function mapped(
  o: ReturnType<typeof contextual>,
  page: number,
  frame: number,
  permission = 3,
): { root: number; leaf: number } {
  const { machine, run } = o;
  let root = machine.table();
  while (root % 4 !== 0) root = machine.table();
  for (let i = 1; i < 4; i++) machine.table();
  let leaf = root;
  for (let level = TOP_LEVEL; level > 1; level--) {
    const there = run('nextTable', leaf, page, level);
    expect(there).toBe(0);
    const child = machine.table();
    expect(run('installTable', leaf, page, level, child)).toBe(child);
    expect(run('installTable', leaf, page, level, 1)).toBe(child);
    leaf = child;
  }
  run('storeLeaf', leaf, page, 1, permission, frame);
  return { root, leaf };
}

describe('steps of the RISC-V IOMMU', () => {
  test('build a device context that translates by its first stage, tc last', () => {
    const o = contextual();
    const { root, leaf } = mapped(o, 3, 0x77);
    o.run('storeFirstStage', o.contexts, 0, root);
    o.run('storeAttributes', o.contexts, 0, PSCID);
    o.run('storeSecondStage', o.contexts, 0, 0, 0);
    expect(o.run('isContextValid', o.contexts, 0)).toBe(0);
    o.run('storeControl', o.contexts, 0, 1, 1);
    expect(o.run('isContextValid', o.contexts, 0)).toBe(1);
    expect(o.run('contextAllowsAts', o.contexts, 0)).toBe(1);
    expect([o.walker.translate(0, RID, NO_PASID, 3, 3), o.walker.frame, o.walker.pscid]).toEqual([
      0,
      0x77,
      PSCID,
    ]);
    o.run('storeLeaf', leaf, 3, 1, 1, 0x77);
    expect(o.walker.translate(0, RID, NO_PASID, 3, 2)).not.toBe(0);
    o.run('clearLeaf', leaf, 3, 1);
    expect(o.walker.translate(0, RID, NO_PASID, 3, 1)).not.toBe(0);
    expect(o.run('contextStages', o.contexts, 0)).toBe(STAGES.first);
    o.run('clearContextValid', o.contexts, 0);
    // What the context said is still to be read.
    expect(o.run('contextStages', o.contexts, 0)).toBe(STAGES.first);
    expect(o.run('contextPscid', o.contexts, 0)).toBe(PSCID);
    o.run('storeFirstStage', o.contexts, 0, 0);
    expect(o.run('contextStages', o.contexts, 0)).toBe(STAGES.bare);
  });

  test('a large page, and the tables given back one by one, deepest first', () => {
    const o = contextual();
    const { root, leaf } = mapped(o, 3, 0x77);
    const upper = o.run('nextTable', root, 3, 3);
    o.run('storeLeaf', upper, 512, 2, 3, 0x200);
    expect(o.run('nextTable', upper, 512, 2)).toBe(-ERRNO.EADDRINUSE);
    o.run('storeFirstStage', o.contexts, 0, root);
    o.run('storeControl', o.contexts, 0, 1, 0);
    expect([o.walker.translate(0, RID, NO_PASID, 513, 3), o.walker.frame, o.walker.size]).toEqual([
      0, 0x201, 9,
    ]);
    const collected = [1, 2, 3].map(() => o.run('collectTable', root, TOP_LEVEL));
    expect(collected).toEqual([leaf, upper, 0]);
  });

  test('one table serves as a first stage and as a second', () => {
    const o = contextual();
    const parent = mapped(o, 3, 0x77);
    o.run('storeSecondStage', o.contexts, 0, GSCID, parent.root);
    o.run('storeControl', o.contexts, 0, 1, 0);
    expect(o.run('contextStages', o.contexts, 0)).toBe(STAGES.second);
    expect(o.run('contextGscid', o.contexts, 0)).toBe(GSCID);
    expect([o.walker.translate(0, RID, NO_PASID, 3, 3), o.walker.frame, o.walker.tag]).toEqual([
      0,
      0x77,
      GSCID,
    ]);
  });

  test('a process directory: requests without process id are those of process 0', () => {
    const o = contextual();
    const { root } = mapped(o, 3, 0x77);
    const [directory, page] = [o.machine.table(), o.machine.table()];
    expect(o.run('processPage', directory, 7)).toBe(0);
    o.run('linkProcessPage', directory, 0, page);
    expect(o.run('processPage', directory, 7)).toBe(page);
    for (const pasid of [0, 7]) {
      o.run('storeProcessFirstStage', page, pasid, root);
      expect(o.run('isProcessValid', page, pasid)).toBe(0);
      o.run('storeProcessAttributes', page, pasid, PSCID + pasid);
      expect([o.run('isProcessValid', page, pasid), o.run('processPscid', page, pasid)]).toEqual([
        1,
        PSCID + pasid,
      ]);
    }
    o.run('storeProcessDirectory', o.contexts, 0, directory);
    o.run('storeProcessControl', o.contexts, 0, 1);
    const pscidOf = (pasid: number) =>
      o.walker.translate(0, RID, pasid, 3, 3) === 0 ? o.walker.pscid : 'fault';
    expect([pscidOf(NO_PASID), pscidOf(7), pscidOf(8)]).toEqual([PSCID, PSCID + 7, 'fault']);
    o.run('clearProcessValid', page, 7);
    expect([pscidOf(NO_PASID), pscidOf(7)]).toEqual([PSCID, 'fault']);
    o.run('storeProcessFirstStage', page, 0, 0);
    expect(o.run('processPscid', page, 0)).toBe(0);
    // The stages of such a context are in its processes.
    expect(o.run('contextStages', o.contexts, 0)).toBe(STAGES.bare);
  });

  test('an unmap takes the IOATC, a fence and then the device-TLB', () => {
    const o = contextual();
    const { root, leaf } = mapped(o, 3, 0x77);
    o.run('storeFirstStage', o.contexts, 0, root);
    o.run('storeAttributes', o.contexts, 0, PSCID);
    o.run('storeControl', o.contexts, 0, 1, 1);
    const worst = o.watch();
    o.run('clearLeaf', leaf, 3, 1);
    expect(worst.ledgerKinds()).toEqual(['device-tlb', 'first', 'flight-first', 'flight-translated']);
    worst.effect('ats');
    expect(worst.ledgerKinds()).toContain('device-tlb');
    worst.effect('vma-process-page', { pasid: PSCID, page: 3, mask: 0 });
    worst.effect('fence');
    expect(worst.ledgerKinds()).toEqual(['device-tlb', 'flight-translated']);
    worst.effect('ats');
    worst.effect('fence');
    expect(worst.ledger()).toEqual([]);
  });

  test('while a context is invalidated the IOATC fills from it again', () => {
    const o = contextual();
    const { root } = mapped(o, 3, 0x77);
    o.run('storeFirstStage', o.contexts, 0, root);
    o.run('storeAttributes', o.contexts, 0, PSCID);
    o.run('storeControl', o.contexts, 0, 1, 0);
    const worst = o.watch();
    o.run('clearContextValid', o.contexts, 0);
    worst.effect('vma-process', { pasid: PSCID });
    worst.effect('ddt-device');
    worst.effect('fence');
    expect(worst.ledgerKinds()).toEqual(['first', 'first-structure']);
    worst.effect('vma-process', { pasid: PSCID });
    expect(worst.ledger()).toEqual([]);
  });

  test('a parent that takes the page of the root from its guest flushes the context too', () => {
    const o = contextual();
    const { machine, run } = o;
    const guest = machine.table();
    const parent = mapped(o, 0x400, guest);
    const [low, high] = riscv.guest!.pointer(0x400, 3);
    machine.store(guest, 0, [low, high]);
    run('storeFirstStage', o.contexts, 0, 0x400);
    run('storeAttributes', o.contexts, 0, PSCID);
    run('storeSecondStage', o.contexts, 0, GSCID, parent.root);
    run('storeControl', o.contexts, 0, 1, 0);
    const worst = o.watch();
    run('clearLeaf', parent.leaf, 0x400, 1);
    worst.effect('gvma-page', { tag: GSCID, page: 0x400, mask: 0 });
    expect(worst.ledgerKinds()).toContain('nested-root');
    worst.effect('ddt-device');
    expect(worst.ledgerKinds()).not.toContain('nested-root');
    worst.effect('vma', { tag: GSCID });
    worst.effect('gvma', { tag: GSCID });
    worst.effect('fence');
    expect(worst.ledger()).toEqual([]);
  });

  test('commands carry their operands, and a fence waits for those ahead of it alone', () => {
    const o = operator(riscv, riscvSteps);
    const command = (place: number): number[] =>
      (['command', 'device', 'pasid', 'tag', 'page', 'mask', 'hint'] as const).map((field) =>
        o.queue.field(0, place, PENDING[field]),
      );
    o.run('flushSpacePage', 0, PSCID, -1, 0x40);
    expect(command(0)).toEqual([COMMAND['vma-process-page'], 0, PSCID, -1, 0x40, 0, 0]);
    const ticket = o.run('fence', 0);
    expect(command(1).slice(0, 2)).toEqual([COMMAND.fence, 0]);
    o.run('flushProcessDeviceTlb', 0, 7, 0, EVERY_PAGE);
    expect(command(2)).toEqual([COMMAND['ats-process'], 0, 7, -1, 0, EVERY_PAGE, 0]);
    o.run('flushGuestPage', 0, GSCID, 0x41);
    expect(command(3)).toEqual([COMMAND['gvma-page'], 0, -1, GSCID, 0x41, 0, 0]);
    expect([0, 1, 2, 3].map((place) => o.queue.mayTakeEffect(0, place))).toEqual([true, false, true, true]);
    expect([o.isReady('flushGuest', 0), o.isReady('waitFence', 0, ticket)]).toEqual([false, false]);
    o.queue.finish(0, 0);
    o.queue.finish(0, 0);
    expect([o.isReady('flushGuest', 0), o.isReady('waitFence', 0, ticket)]).toEqual([true, true]);
  });

  test('where qwords of its tables name tables', () => {
    const o = contextual();
    const { root, leaf } = mapped(o, 3, 0x77);
    const at = (frame: number, index: number) =>
      tableAt(o.machine.low(frame, index), o.machine.high(frame, index));
    expect([at(root, 0), at(leaf, 3)]).toEqual([10, -1]);
    o.run('storeFirstStage', o.contexts, 0, root);
    o.run('storeAttributes', o.contexts, 0, PSCID);
    o.run('storeSecondStage', o.contexts, 0, GSCID, root);
    o.run('storeControl', o.contexts, 0, 1, 1);
    const context = (RID % 64) * 8;
    expect([0, 1, 2, 3].map((qword) => at(o.contexts, context + qword))).toEqual([-1, 0, -1, 0]);
    const page = o.machine.table();
    o.run('storeProcessFirstStage', page, 1, root);
    o.run('storeProcessAttributes', page, 1, PSCID);
    expect([at(page, 2), at(page, 3)]).toEqual([-1, 0]);
  });
});
