import { device, shape, type TestMachine } from './machine.js';

/** The devices of every scene. */
export const world = shape({ devices: [device(0x10), device(0x18, { ats: false })] });

/** A machine with tables in it: each architecture's folder has one, in its `cache-scene.ts`. */
export interface Scene {
  readonly machine: TestMachine;
  /** Changes that software may make, one store each. */
  readonly stores: readonly (() => void)[];
  /** PASIDs of requests, -1: none. */
  readonly requests: readonly number[];
  readonly pages: readonly number[];
  readonly tags: readonly number[];
}
