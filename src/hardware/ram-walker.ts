import type { Ram } from './ram.js';

/** What a walker for speed reads, and what it found: the words of memory, without a view between. */
export abstract class RamWalker {
  frame = 0;
  size = 0;
  permission = 0;
  tag = -1;

  protected readonly words: Int32Array;
  protected readonly base: number;
  protected readonly frames: number;

  constructor(
    ram: Ram,
    protected readonly root: (iommu: number) => number,
  ) {
    this.words = ram.words;
    this.base = ram.base;
    this.frames = ram.frames;
  }
}
