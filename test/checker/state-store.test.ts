import { describe, expect, it } from 'vitest';
import type { Model } from '../../src/checker/model.js';
import { StateStore } from '../../src/checker/state-store.js';

/** Only the part of a model that a store uses: one that is whatever bytes it is given. */
class Bytes {
  readonly name = 'bytes';
  readonly maxEncoding = 40;
  bytes = new Uint8Array(0);

  encode(out: Uint8Array, offset: number): number {
    out.set(this.bytes, offset);
    return this.bytes.length;
  }

  decode(from: Uint8Array, offset: number, length: number): void {
    this.bytes = from.slice(offset, offset + length);
  }
}

function storeOf(model: Bytes) {
  const store = new StateStore(model as unknown as Model);
  const add = (bytes: readonly number[]) => {
    model.bytes = Uint8Array.from(bytes);
    const index = store.stage();
    store.prepare();
    const state = store.add(index, -1, 0, 0, 0, 2 ** 31);
    store.clearStaged();
    return state;
  };
  return { store, add };
}

describe('StateStore', () => {
  it('tells apart encodings that differ in length alone', () => {
    const { store, add } = storeOf(new Bytes());
    const states = [[], [0], [0, 0], [0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0, 0]].map(add);
    expect(new Set(states).size).toBe(6);
    expect([[0, 0], []].map(add)).toEqual([states[2], states[0]]);
    expect(store.size).toBe(6);
  });

  it('agrees with a set of strings, through growth, and gives every state back', () => {
    const model = new Bytes();
    const { store, add } = storeOf(model);
    const known = new Map<string, number>();
    let x = 1;
    for (let i = 0; i < 200_000; i++) {
      x = (Math.imul(x, 1103515245) + 12345) >>> 0;
      const bytes = Array.from({ length: x % 9 }, (_, at) => (x >>> (at + 8)) & 3);
      const state = add(bytes);
      const key = bytes.join();
      if (store.fresh === known.has(key) || (known.get(key) ?? state) !== state)
        expect.fail(`wrong at ${key}`);
      known.set(key, state);
    }
    expect(store.size).toBe(known.size);
    for (const [key, state] of known) {
      store.load(state);
      if (model.bytes.join() !== key) expect.fail(`${key} came back as ${model.bytes.join()}`);
    }
  });

  it('keeps records whole where a chunk ends', () => {
    const model = new Bytes();
    const { store, add } = storeOf(model);
    // 14 words a record: the first chunk of 2^24 words ends inside record number 1,198,372.
    const bytes = new Array<number>(40).fill(0);
    const count = 1_200_000;
    const states = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      bytes[36] = i & 255;
      bytes[37] = (i >> 8) & 255;
      bytes[38] = i >> 16;
      states[i] = add(bytes);
    }
    for (const i of [0, 1_198_370, 1_198_371, 1_118_481, 1_198_373, count - 1]) {
      store.load(states[i]);
      expect(model.bytes[36] | (model.bytes[37] << 8) | (model.bytes[38] << 16)).toBe(i);
    }
    expect(store.size).toBe(count);
    expect(states[1_118_481]).toBe(2 ** 24);
  }, 60_000);
});
