/**
 * Addresses inside structures. The modelled machine has output addresses of 42 bits (IDR5.OAS 3), so that a frame number is a
 * positive 32-bit integer.
 */
export const OUTPUT_BITS = 42;
/** Frames have numbers below this. */
export const FRAME_LIMIT = 2 ** (OUTPUT_BITS - 12);
/** Address bits 51:32 in the high word. */
const HIGH = 0x000fffff;

/** The page of a field at bits 51:12, or wider at its low end. */
export function frameOf(low: number, high: number): number {
  return (low >>> 12) + (high & HIGH) * 2 ** 20;
}

/** The two words of an entry that points to the frame. */
export function pointer(frame: number, flags: number): [low: number, high: number] {
  return [(frame << 12) | flags, frame >>> 20];
}
