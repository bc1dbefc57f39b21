import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConcreteCaches } from '../../src/hardware/caches.js';
import { Coverage } from '../../src/hardware/coverage.js';
import { Ram } from '../../src/hardware/ram.js';
import {
  ENTRY_READ,
  ENTRY_WRITE,
  makeEntry,
  makeRoute,
  ROUTE_ATS,
  routeIndex,
  VALID,
} from '../../src/hardware/toy/entries.js';
import { toy } from '../../src/hardware/toy/index.js';
import * as riscvContext from '../../src/hardware/riscv/entries/device-context.js';
import * as stream from '../../src/hardware/smmuv3/entries/stream.js';
import * as first from '../../src/hardware/vtd/entries/first-level.js';
import * as pasids from '../../src/hardware/vtd/entries/pasid.js';
import { vtd } from '../../src/hardware/vtd/index.js';
import { NaiveWalker } from '../../src/hardware/vtd/walk-naive.js';
import { ROW } from '../../src/vocabulary/architecture.js';
import type { Random } from '../../src/vocabulary/random.js';
import { device, row, shape, TestMachine, text, WorstCase } from './machine.js';
import { RiscvMachine } from './riscv/world.js';
import { firstFlags, secondFlags, SmmuMachine } from './smmuv3/world.js';
import { VtdMachine } from './vtd-world.js';

/** A small generator with a seed: the checker's own is not known here. */
function random(seed: number): Random {
  let state = seed | 0;
  return {
    below: (bound) => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return (state >>> 8) % bound;
    },
  };
}

const world = shape({ devices: [device(0x10), device(0x18, { ats: false })] });
const CACHES = (frames: number): number => Ram.size(frames);

interface Scene {
  readonly machine: TestMachine;
  /** Changes that software may make, one store each. */
  readonly stores: readonly (() => void)[];
  readonly requests: readonly number[];
  readonly pages: readonly number[];
  readonly tags: readonly number[];
}

function vtdScene(): Scene {
  const m = new VtdMachine(world, 48, ConcreteCaches.size);
  const seconds = [m.table(), m.table()];
  const firsts = [m.table(), m.table()];
  const leaves = [
    ...seconds.map((root) => m.mapSecond(root, 0, 0x70, 3)),
    ...firsts.map((root) => m.mapFirst(root, 0, 0x80, 3)),
  ];
  // A guest's four tables, seen at 0x100…0x103 through the second root of either.
  const guest = [0, 1, 2, 3].map(() => m.table());
  [0x101, 0x102, 0x103, 0x200].forEach((page, i) => {
    m.store(guest[i], 0, first.makeFirstLevel(page, 7));
  });
  let parent = 0;
  for (const root of seconds) {
    guest.forEach((frame, i) => {
      parent = m.mapSecond(root, 0x100 + i, frame, 3);
    });
    m.mapSecond(root, 0x200, 0x55, 3);
  }
  const entry = (pasid: number, type: number, i: number) => (): void => {
    const hasFirst = type === pasids.NESTED ? 0x100 : firsts[i];
    m.pasid(pasid, type, 5 + i, hasFirst, seconds[i]);
  };
  const stores: (() => void)[] = [];
  for (const pasid of [0, 1]) {
    for (const type of [1, 2, 3, 4]) for (const i of [0, 1]) stores.push(entry(pasid, type, i));
    stores.push(() => m.pasidWord(pasid, 0, [0, 0]));
    stores.push(() => m.pasidWord(pasid, 2, pasids.makePasid2(firsts[1])));
  }
  for (const leaf of leaves.slice(0, 2)) {
    for (const target of [0, 0x71003, 0x72001]) stores.push(() => m.store(leaf, 0, [target, 0]));
  }
  for (const leaf of leaves.slice(2)) {
    for (const target of [0, 0x81007, 0x82005]) stores.push(() => m.store(leaf, 0, [target, 0]));
  }
  stores.push(() => m.store(guest[3], 0, first.makeFirstLevel(0x200, 5)));
  stores.push(() => m.store(guest[3], 0, first.makeFirstLevel(0x103, 7)));
  stores.push(() => m.store(parent, 0x100, [0, 0]));
  stores.push(() => m.store(parent, 0x100, [(guest[0] << 12) | 3, 0]));
  for (const change of stores.slice(0, 4)) change();
  return { machine: m, stores, requests: [-1, 1], pages: [0, 1], tags: [5, 6] };
}

function toyScene(): Scene {
  const m = new TestMachine(toy, world, 16, ConcreteCaches.size);
  const root = m.table();
  m.roots[0] = root;
  const tops = [m.table(), m.table()];
  const tables = [m.table(), m.table()];
  const all = VALID | ENTRY_READ | ENTRY_WRITE;
  const stores: (() => void)[] = [];
  const clears: (() => void)[] = [];
  for (const i of [0, 1]) {
    for (const j of [0, 1]) stores.push(() => m.store(tops[i], 0, makeEntry(tables[j], all)));
    for (const frame of [0x70, 0x71]) {
      for (const j of [0, 1]) stores.push(() => m.store(tables[i], j, makeEntry(frame + 2 * i, all)));
    }
    clears.push(() => m.store(tops[i], 0, [0, 0]));
    clears.push(() => m.store(tables[i], i, [0, 0]));
    for (const pasid of [-1, 1]) {
      for (const d of [0, 1]) {
        stores.push(() =>
          m.store(root, routeIndex(d, pasid), makeRoute(tops[i], 5 + i, d === 0 ? ROUTE_ATS : 0)),
        );
      }
      clears.push(() => m.store(root, routeIndex(0, pasid), [0, 0]));
    }
  }
  for (const change of stores) change();
  stores.push(...clears);
  return { machine: m, stores, requests: [-1, 1], pages: [0, 1], tags: [5, 6] };
}

function riscvScene(): Scene {
  const m = new RiscvMachine(world, 64, ConcreteCaches.size);
  const { DC_VALID, DC_ATS, DC_PROCESS_DIRECTORY, MODE } = riscvContext;
  const seconds = [m.wideTable(), m.wideTable()];
  const firsts = [m.table(), m.table()];
  const leaves = firsts.map((root) => m.map(root, 3, 0, 0x100, 3));
  const processes = m.table();
  // What the tables of a guest lie in is seen at its own number; its pages 0x100 and 0x101 are elsewhere.
  for (const root of seconds) for (let frame = 1; frame < 48; frame++) m.map(root, 3, frame, frame, 3);
  const parents = seconds.map((root, i) => m.map(root, 3, 0x100, 0x70 + i, 3));
  for (const root of seconds) m.map(root, 3, 0, 0x72, 3);
  const stores: (() => void)[] = [];
  for (const d of [0, 1]) {
    for (const i of [0, 1]) {
      const first = [MODE.sv39, firsts[i]] as const;
      const second = [MODE.sv39, 5 + i, seconds[i]] as const;
      for (const stages of [[first], [first, second], [[0, 0], second]] as const)
        stores.push(() => m.context(world.devices[d].rid, DC_VALID | DC_ATS, stages[0], stages[1], 7));
      stores.push(() => m.process(processes, 1, 5 + i, first));
    }
    const tc = DC_VALID | DC_ATS | DC_PROCESS_DIRECTORY;
    stores.push(() => m.context(world.devices[d].rid, tc, [1, processes]));
    stores.push(() => m.context(world.devices[d].rid, tc, [1, processes], [MODE.sv39, 5, seconds[0]]));
    stores.push(() => m.context(world.devices[d].rid, 0, [0, 0]));
  }
  for (const leaf of leaves) {
    for (const flags of [0xd7, 0x53, 0]) stores.push(() => m.store(leaf, 0, [(0x101 << 10) | flags, 0]));
  }
  for (const parent of parents) stores.push(() => m.store(parent, 0x100, [(0x73 << 10) | 0xd7, 0]));
  // In the end the first device translates.
  for (const change of [...stores, stores[0]]) change();
  for (const leaf of leaves) m.store(leaf, 0, [(0x101 << 10) | 0xd7, 0]);
  return { machine: m, stores, requests: [-1, 1], pages: [0, 1], tags: [5, 6] };
}

function smmuScene(): Scene {
  const m = new SmmuMachine(world, 64, ConcreteCaches.size);
  const { CONFIG, DEFAULT, STE_ATS } = stream;
  const seconds = [m.table(), m.table()];
  const firsts = [m.table(), m.table()];
  const leaves = firsts.map((root) => m.map(root, 3, 0, 0x100, firstFlags(3)));
  const contexts = m.table();
  for (const root of seconds)
    for (let frame = 1; frame < 48; frame++) m.map(root, 3, frame, frame, secondFlags(3));
  const parents = seconds.map((root, i) => m.map(root, 3, 0x100, 0x70 + i, secondFlags(3)));
  for (const root of seconds) m.map(root, 3, 0, 0x72, secondFlags(3));
  const stores: (() => void)[] = [];
  for (const { rid } of world.devices) {
    for (const i of [0, 1]) {
      const over = { contexts, vmid: 5 + i, flags: STE_ATS, maximum: 1, byDefault: DEFAULT.bypass };
      stores.push(() => m.stream(rid, CONFIG.first, { ...over, maximum: i }));
      stores.push(() => m.stream(rid, CONFIG.nested, { ...over, second: seconds[i] }));
      stores.push(() => m.stream(rid, CONFIG.second, { vmid: 5 + i, second: seconds[i], flags: STE_ATS }));
    }
    stores.push(() => m.stream(rid, CONFIG.bypass, { flags: STE_ATS }));
    stores.push(() => m.stream(rid, CONFIG.abort));
  }
  for (const substream of [0, 1])
    for (const i of [0, 1]) stores.push(() => m.context(contexts, substream, i, firsts[i]));
  for (const leaf of leaves) {
    for (const flags of [firstFlags(3), firstFlags(1), 0])
      stores.push(() => m.store(leaf, 0, [(0x101 << 12) | flags, 0]));
  }
  for (const parent of parents) stores.push(() => m.store(parent, 0x100, [(0x73 << 12) | secondFlags(3), 0]));
  for (const change of [...stores, stores[0]]) change();
  for (const leaf of leaves) m.store(leaf, 0, [(0x101 << 12) | firstFlags(3), 0]);
  return { machine: m, stores, requests: [-1, 1], pages: [0, 1], tags: [5, 6] };
}

const actions = fc.array(
  fc.tuple(fc.constantFrom('store', 'dma', 'dma', 'prefetch', 'translated', 'flush'), fc.nat(), fc.nat()),
  { minLength: 25, maxLength: 25 },
);

describe.each([
  ['vtd', vtdScene],
  ['toy', toyScene],
  ['riscv', riscvScene],
  ['smmuv3', smmuScene],
])('the concrete caches of %s', (_name, make) => {
  test('hold nothing, and reach nothing, that the worst-case cache does not', () => {
    let hits = 0;
    let stale = 0;
    fc.assert(
      fc.property(actions, fc.nat(), (list, seed) => {
        const { machine: m, stores, requests, pages, tags } = make();
        const caches = new ConcreteCaches(m.state, CACHES(m.frames), m.architecture, m.world, m.bound);
        const coverage = new Coverage(m.architecture.kinds, m.architecture.commands, m.world);
        const worst = new WorstCase(m);
        const draw = random(seed);
        for (const [what, a, b] of list) {
          const d = a % 2;
          const request = requests[(a >> 1) % 2];
          const page = pages[(a >> 2) % 2];
          const permission = 1 + (b % 2);
          const flies = (kinds: string[]): Set<number> =>
            new Set(
              [...worst.rows]
                .map(row)
                .filter((r) => kinds.includes(m.architecture.kinds[r[ROW.kind]].role))
                .filter(
                  (r) =>
                    r[ROW.device] === d &&
                    r[ROW.extra] === request &&
                    (permission & ~r[ROW.attributes]) === 0,
                )
                .filter((r) => page >= r[ROW.page] && page < r[ROW.page] + 2 ** r[ROW.size])
                .map((r) => (r[ROW.frame] < 0 ? page : r[ROW.frame] + page - r[ROW.page])),
            );
          switch (what) {
            case 'store':
              stores[a % stores.length]();
              worst.stored();
              break;
            case 'dma':
              if (caches.translate(d, request, page, permission, draw)) {
                hits++;
                expect(flies(['flight'])).toContain(caches.frame);
              }
              break;
            case 'prefetch':
              caches.prefetch(d, request, page, draw);
              break;
            case 'translated':
              if (caches.translated(d, request, page, permission, draw)) {
                expect(flies(['flight'])).toContain(caches.frame);
              }
              break;
            case 'flush': {
              const command = a % m.architecture.commands.length;
              const scope = {
                device: d,
                pasid: b % 2,
                tag: tags[(b >> 1) % 2],
                page,
                mask: 0,
                hint: (b >> 2) % 2,
              };
              const kept: string[] = [];
              caches.forEach((r) => {
                const { pasid, tag, mask, hint } = scope;
                if (!coverage.covers(command, d, pasid, tag, page, mask, hint, r, 0)) kept.push(text(r));
              });
              caches.invalidate(command, d, scope.pasid, scope.tag, page, 0, scope.hint);
              const left: string[] = [];
              caches.forEach((r) => {
                left.push(text(r));
              });
              expect(left).toEqual(kept);
              worst.effect(m.architecture.commands[command].name, scope);
              break;
            }
          }
          const live = m.close();
          caches.forEach((r) => {
            expect(worst.rows.has(text(r)), text(r)).toBe(true);
            if (!live.has(text(r))) stale++;
          });
        }
      }),
      { seed: 6, numRuns: 60 },
    );
    expect(hits).toBeGreaterThan(30);
    expect(stale).toBeGreaterThan(30);
  }, 60_000);

  test('a device that loses its cache keeps no translation', () => {
    const { machine: m } = make();
    const caches = new ConcreteCaches(m.state, CACHES(m.frames), m.architecture, m.world, m.bound);
    const draw = random(1);
    const page = [0, 1].find((candidate) => caches.prefetch(0, -1, candidate, draw));
    expect(page).toBeDefined();
    expect(caches.translated(0, -1, page!, 1, draw)).toBe(true);
    caches.dropDevice(0);
    expect(caches.translated(0, -1, page!, 1, draw)).toBe(false);
    caches.clear();
    let left = 0;
    caches.forEach(() => {
      left++;
    });
    expect(left).toBe(0);
  });
});

test('a translation is used from the cache when memory has changed, until it is flushed', () => {
  const m = new VtdMachine(world, 32, ConcreteCaches.size);
  const root = m.table();
  const leaf = m.mapSecond(root, 0, 0x70, 3);
  m.pasid(1, pasids.SECOND_LEVEL, 5, 0, root);
  const caches = new ConcreteCaches(m.state, CACHES(32), vtd, world, m.bound);
  const draw = random(3);
  // Fill until the leaf and the configuration are kept: which entries a walk keeps is drawn.
  for (let i = 0; i < 20; i++) caches.translate(0, 1, 0, 1, draw);
  m.store(leaf, 0, [(0x71 << 12) | 3, 0]);
  expect(caches.translate(0, 1, 0, 3, draw)).toBe(true);
  expect(caches.frame).toBe(0x70);
  expect(new NaiveWalker(m).translate(0, 0x10, 1, 0, 3)).toBe(0);
  const command = vtd.commands.findIndex((candidate) => candidate.name === 'iotlb-page');
  caches.invalidate(command, 0, -1, 5, 0, 0, 1);
  expect(caches.translate(0, 1, 0, 3, draw)).toBe(true);
  expect(caches.frame).toBe(0x71);
});
