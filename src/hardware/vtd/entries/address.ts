/**
 * Physical addresses inside entries. The modelled machine has a host address width of 39 bits, the least a 3-level machine
 * has, so a frame number is 27 bits and fits a signed word with room to spare; address bits above it are reserved (9.2–9.8).
 */
export const HOST_ADDRESS_WIDTH = 39;
/** Frames have numbers below this. */
export const FRAME_LIMIT = 2 ** (HOST_ADDRESS_WIDTH - 12);

/** Address bits 38:32, as bits of the high word. */
const HIGH_ADDRESS = (1 << (HOST_ADDRESS_WIDTH - 32)) - 1;
/** Bits 63:39 as bits of the high word: reserved in pointers of configuration entries. */
export const ABOVE_ADDRESS_64 = ~HIGH_ADDRESS;
/** Bits 51:39 as bits of the high word: reserved in paging entries, where 63:52 are software's or flags. */
export const ABOVE_ADDRESS_52 = 0x000fffff & ~HIGH_ADDRESS;

/** The frame an entry's address field (63:12) names. */
export function frameOf(low: number, high: number): number {
  return (low >>> 12) | ((high & HIGH_ADDRESS) << 20);
}

/** Low word of an entry that points to the frame, with its flag bits 11:0. */
export function pointerLow(frame: number, flags: number): number {
  return (frame << 12) | flags;
}

/** High word of an entry that points to the frame. */
export function pointerHigh(frame: number): number {
  return frame >>> 20;
}
