import type { StepContext } from '../../../vocabulary/context.js';
import { read, store } from '../../../vocabulary/make-step.js';
import type { Step, StepKind, StepSet } from '../../../vocabulary/step.js';
import { hasStalls } from '../closure.js';
import * as stream from '../entries/stream.js';
import { GUEST_CONTEXT } from '../guest.js';
import { changeOf, unusedUpdate, type Word } from './entry-change.js';

/** Levels of the second stages that drivers make: 42 bits of input. */
const SECOND_LEVELS = 4;
/** Words of an entry that are used. */
const WORDS = 4;

/**
 * An entry to be is given as `fields`, packed by {@link streamSteps.streamFields}, with the page of the context descriptors and the
 * root of the second stage. Nested, the page is the guest's, and its only descriptor is where guests keep it.
 */
const TARGET = ['table', 'device', 'fields', 'contexts', 'root'] as const;

function unpack(fields: number) {
  return {
    config: fields & 7,
    maximum: (fields >>> 3) & 31,
    byDefault: (fields >>> 8) & 3,
    ats: (fields >>> 10) & 1,
    vmid: fields >>> 11,
  };
}

/** A device that does not wait for answers must not be held, whatever its context descriptors say (S1STALLD, 5.5). */
function stallFlags({ shape }: StepContext, device: number): number {
  const { iommu, pri } = shape.devices[device];
  return hasStalls(shape, iommu) && !pri ? stream.STE_STALL_DISABLE : 0;
}

function targetWords(
  world: StepContext,
  device: number,
  fields: number,
  contexts: number,
  root: number,
): Word[] {
  const { config, maximum, byDefault, ats, vmid } = unpack(fields);
  const hasFirst = config === stream.CONFIG.first || config === stream.CONFIG.nested;
  const hasSecond = config === stream.CONFIG.second || config === stream.CONFIG.nested;
  const flags = ats !== 0 ? stream.STE_ATS : 0;
  return [
    hasFirst
      ? stream.makeStream0(config, contexts, maximum, stream.FORMAT.linear, hasSecond ? GUEST_CONTEXT : 0)
      : stream.makeStream0(config),
    hasFirst
      ? stream.makeStream1(byDefault, flags | stallFlags(world, device))
      : stream.makeStream1(0, flags),
    stream.makeStream2(vmid, hasSecond ? SECOND_LEVELS : 0),
    hasSecond ? stream.makeStream3(root) : [0, 0],
  ];
}

function entryWords({ memory }: StepContext, table: number, at: number): Word[] {
  return Array.from({ length: WORDS }, (_, i) => [memory.low(table, at + i), memory.high(table, at + i)]);
}

/** The bits that hardware looks at in an entry: all others are IGNORED in its configuration (5.2). */
function usedBits([[low0]]: readonly Word[]): Word[] {
  if (!stream.isStreamValid(low0)) return [[stream.STE_VALID, 0], NONE, NONE, NONE];
  const config = stream.streamConfig(low0);
  const hasFirst = config === stream.CONFIG.first || config === stream.CONFIG.nested;
  const hasSecond = config === stream.CONFIG.second || config === stream.CONFIG.nested;
  const first = hasFirst ? stream.USED_BY_FIRST : UNUSED;
  const second = hasSecond ? stream.USED_BY_SECOND : UNUSED;
  return [0, 1, 2, 3].map((i) => [
    first[i][0] | second[i][0] | (i === 0 ? stream.USED_ALWAYS : 0),
    first[i][1] | second[i][1],
  ]);
}

const NONE: Word = [0, 0];
const UNUSED: readonly Word[] = [NONE, NONE, NONE, NONE];
/** EATS may change at any time: a device is not told to use ATS unless it is set before and after. */
const SAFE: readonly Word[] = [NONE, [stream.STE_ATS, 0], NONE, NONE];

function indexOf(world: StepContext, device: number): number {
  return stream.streamIndex(world.shape.devices[device].rid);
}

/** Store a word unless it is there already; the outcome is whether it was not. */
function put({ memory }: StepContext, table: number, at: number, [low, high]: Word): number {
  if (memory.low(table, at) === (low | 0) && memory.high(table, at) === (high | 0)) return 0;
  memory.store(table, at, low, high);
  return 1;
}

/** A step on the word of the entry that the static `word` numbers. */
function onWord(
  kind: StepKind,
  says: string,
  value: (entry: readonly Word[], target: readonly Word[], word: number) => Word,
): Step {
  return {
    kind,
    sight: 'hardware',
    inputs: TARGET,
    statics: ['word'],
    skipped: 0,
    says,
    bind:
      (world, { word }) =>
      (table, device, fields, contexts, root) => {
        const at = indexOf(world, device);
        const target = targetWords(world, device, fields, contexts, root);
        return put(
          world,
          table,
          at + Number(word),
          value(entryWords(world, table, at), target, Number(word)),
        );
      },
  };
}

/** The stream table (3.3.1, 5.1, 5.2): one 64-bit store or one read each. */
export const streamSteps: StepSet = {
  setStreamTable: store(
    'store',
    'point the SMMU to its stream table',
    ['iommu', 'table'],
    (world, iommu, table) => {
      world.hardware.setRoot(iommu, table);
      return 0;
    },
  ),
  streamTable: read('read the stream table base', ['iommu'], (world, iommu) => world.hardware.root(iommu)),
  /** The page with the device's stream table entry, or 0. */
  streamPage: read(
    'read the level 1 stream descriptor',
    ['directory', 'device'],
    (world, directory, device) => {
      const at = stream.streamDirectoryIndex(world.shape.devices[device].rid);
      const low = world.memory.low(directory, at);
      return stream.streamSpan(low) === 0 ? 0 : stream.streamTable(low, world.memory.high(directory, at));
    },
  ),
  /** Let every device of a page nobody knows yet be aborted. Only entries that some device has are written. */
  abortStreams: store(
    'store',
    'fill the page with entries that abort',
    ['table', 'device'],
    ({ memory, shape }, table, device) => {
      const place = stream.streamDirectoryIndex(shape.devices[device].rid);
      const [low, high] = stream.makeStream0(stream.CONFIG.abort);
      for (const { rid } of shape.devices)
        if (stream.streamDirectoryIndex(rid) === place)
          memory.store(table, stream.streamIndex(rid), low, high);
      return 0;
    },
  ),
  linkStreamPage: store(
    'store',
    'set the level 1 stream descriptor',
    ['directory', 'device', 'table'],
    (world, directory, device, table) => {
      const [low, high] = stream.makeStreamDirectory(table);
      const at = stream.streamDirectoryIndex(world.shape.devices[device].rid);
      world.memory.store(directory, at, low, high);
      return 0;
    },
  ),

  streamFields: {
    kind: 'other',
    inputs: ['config', 'maximum', 'byDefault', 'ats', 'vmid'],
    skipped: 0,
    instant: true,
    bind: () => (config, maximum, byDefault, ats, vmid) =>
      config | (maximum << 3) | (byDefault << 8) | (ats << 10) | (vmid << 11),
  },
  /** How the entry can become the one described: `CHANGE`, or the critical word plus one. */
  streamChange: read(
    'compare the stream table entry',
    TARGET,
    (world, table, device, fields, contexts, root) =>
      changeOf(
        entryWords(world, table, indexOf(world, device)),
        targetWords(world, device, fields, contexts, root),
        usedBits,
        SAFE,
      ),
  ),
  /** Bits that the entry ignores take their new values. The outcome of this and the next is whether anything was stored. */
  storeUnusedStream: onWord(
    'store',
    'set what is ignored in word {word} of the stream table entry',
    (entry, target, word) => unusedUpdate(entry, target, usedBits, SAFE)[word],
  ),
  storeStream: onWord(
    'store',
    'set word {word} of the stream table entry',
    (_, target, word) => target[word],
  ),
  clearStreamValid: store(
    'clear',
    'clear the valid bit of the stream table entry',
    ['table', 'device'],
    (world, table, device) => put(world, table, indexOf(world, device), [0, 0]),
  ),
};
