const BITS = 20;
const CHUNK = 1 << BITS;
const MASK = CHUNK - 1;
const FIRST = 1 << 8;

/**
 * A growable column of 32-bit integers in chunks, so that growing copies nothing but a first small chunk and no single
 * allocation becomes huge.
 */
export class Column {
  length = 0;
  private readonly chunks: Int32Array[] = [];

  get(index: number): number {
    return this.chunks[index >>> BITS][index & MASK];
  }

  set(index: number, value: number): void {
    this.chunks[index >>> BITS][index & MASK] = value;
  }

  push(value: number): void {
    const index = this.length++;
    const chunk = index >>> BITS;
    const within = index & MASK;
    if (chunk === this.chunks.length) this.chunks.push(new Int32Array(chunk === 0 ? FIRST : CHUNK));
    else if (within === this.chunks[chunk].length) this.grow(chunk);
    this.chunks[chunk][within] = value;
  }

  /** Only the first chunk starts small, for small models. */
  private grow(chunk: number): void {
    const grown = new Int32Array(this.chunks[chunk].length * 2);
    grown.set(this.chunks[chunk]);
    this.chunks[chunk] = grown;
  }

  get bytes(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  }
}
