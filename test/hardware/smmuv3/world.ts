import * as context from '../../../src/hardware/smmuv3/entries/context.js';
import * as stream from '../../../src/hardware/smmuv3/entries/stream.js';
import * as table from '../../../src/hardware/smmuv3/entries/table.js';
import { smmuv3 } from '../../../src/hardware/smmuv3/index.js';
import type { WorldShape } from '../../../src/vocabulary/shape.js';
import { shape, TestMachine } from '../machine.js';

export const TABLE = table.DESCRIPTOR_VALID | table.DESCRIPTOR_TABLE;

/** Stage 1 leaf flags by permission. */
export function firstFlags(permission: number, level = 1): number {
  const readOnly = (permission & 2) !== 0 ? 0 : table.AP_READ_ONLY;
  return (level === 1 ? TABLE : 1) | table.AP_USER | readOnly | table.ACCESSED | table.NOT_GLOBAL;
}

export function secondFlags(permission: number, level = 1): number {
  return (level === 1 ? TABLE : 1) | (permission << 6) | table.ACCESSED;
}

/** A machine with an SMMU whose stream table has one page of entries for the first 64 StreamIDs. */
export class SmmuMachine extends TestMachine {
  readonly streams: number;

  constructor(
    world: WorldShape = shape(),
    frames = 64,
    extra = 0,
    readonly levels = 2,
  ) {
    super(
      smmuv3,
      { ...world, iommus: world.iommus.map((one) => ({ ...one, directoryLevels: levels })) },
      frames,
      extra,
    );
    const root = this.table();
    this.roots.fill(root);
    this.streams = root;
    if (levels === 2) {
      this.streams = this.table();
      this.store(root, 0, stream.makeStreamDirectory(this.streams));
    }
  }

  /** A stream table entry: contexts of the first stage, VMID and table of the second. */
  stream(
    rid: number,
    config: number,
    over: Partial<
      Record<
        | 'contexts'
        | 'maximum'
        | 'format'
        | 'byDefault'
        | 'flags'
        | 'vmid'
        | 'second'
        | 'secondLevels'
        | 'flags2',
        number
      >
    > = {},
  ): void {
    const { contexts = 0, maximum = 0, format = 0, byDefault = 0, flags = 0 } = over;
    const { vmid = 0, second = 0, secondLevels = second > 0 ? 3 : 0, flags2 = 0 } = over;
    const at = stream.streamIndex(rid);
    this.store(this.streams, at + 1, stream.makeStream1(byDefault, flags));
    this.store(this.streams, at + 2, stream.makeStream2(vmid, secondLevels, flags2));
    this.store(this.streams, at + 3, stream.makeStream3(second));
    this.store(this.streams, at, stream.makeStream0(config, contexts, maximum, format));
  }

  context(frame: number, substream: number, asid: number, root: number, levels = 3, flags = 0): void {
    const at = context.contextIndex(substream);
    this.store(frame, at + 1, context.makeContext1(root));
    this.store(frame, at, context.makeContext0(asid, levels, flags));
  }

  /** Map in a table of so many levels, making those between. Returns the frame of the table that holds the leaf. */
  map(root: number, levels: number, page: number, frame: number, flags: number, level = 1): number {
    let at = root;
    for (let from = levels; from > level; from--) {
      const index = Math.floor(page / 512 ** (from - 1)) % 512;
      if ((this.low(at, index) & 1) === 0) this.store(at, index, table.makeDescriptor(this.table(), TABLE));
      at = table.descriptorFrame(this.low(at, index), this.high(at, index), from, false);
    }
    this.store(at, Math.floor(page / 512 ** (level - 1)) % 512, table.makeDescriptor(frame, flags));
    return at;
  }
}
