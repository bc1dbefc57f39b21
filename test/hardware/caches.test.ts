import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConcreteCaches } from '../../src/hardware/caches.js';
import { Coverage } from '../../src/hardware/coverage.js';
import { Ram } from '../../src/hardware/ram.js';
import * as pasids from '../../src/hardware/vtd/entries/pasid.js';
import { vtd } from '../../src/hardware/vtd/index.js';
import { NaiveWalker } from '../../src/hardware/vtd/walk-naive.js';
import { ROW } from '../../src/vocabulary/architecture.js';
import type { Random } from '../../src/vocabulary/random.js';
import { type Scene, world } from './cache-scene.js';
import { row, text, WorstCase } from './machine.js';
import { VtdMachine } from './vtd/world.js';

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

const CACHES = (frames: number): number => Ram.size(frames);

/** Every architecture, found as the catalog finds it: by its folder. */
const folder = new URL('./', import.meta.url);
const scenes = await Promise.all(
  readdirSync(new URL('../../src/hardware/', folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(async ({ name }) => {
      const { scene } = await import(new URL(`${name}/cache-scene.ts`, folder).href);
      return [name, scene as () => Scene] as const;
    }),
);

const actions = fc.array(
  fc.tuple(fc.constantFrom('store', 'dma', 'dma', 'prefetch', 'translated', 'flush'), fc.nat(), fc.nat()),
  { minLength: 25, maxLength: 25 },
);

describe.each(scenes)('the concrete caches of %s', (_name, make) => {
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
