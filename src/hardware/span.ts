/** Whether the page lies in the aligned range of `size` page bits at `base`. */
export function isWithin(page: number, base: number, size: number): boolean {
  return size >= 31 || page >>> size === base >>> size;
}

/** Index into a table of the level (4 to 1), for a page number of up to 52 bits. */
export function tableIndex(page: number, level: number): number {
  return Math.floor(page / 512 ** (level - 1)) % 512;
}
