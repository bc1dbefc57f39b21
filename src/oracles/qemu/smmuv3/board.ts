import { encode } from '../../../hardware/smmuv3/commands.js';
import { decodeEvent, EVENT, EVENT_WORDS } from '../../../hardware/smmuv3/events.js';
import { COMMAND, type CommandName } from '../../../hardware/smmuv3/index.js';
import type { Command } from '../case.js';
import type { Batch } from '../qtest.js';
import { type Board, type Fault, UNKNOWN_PAGE } from '../target.js';

/** Where the virt machine has the SMMU's registers (chapter 6), and its PCI configuration space. */
const REGISTERS = 0x09050000;
const CONFIGURATION = 0x3f000000;
const AT = {
  control: 0x20,
  streamTable: 0x80,
  streamTableShape: 0x88,
  commandQueue: 0x90,
  commandProduced: 0x98,
  eventQueue: 0xa0,
  eventProduced: 0x100a8,
  eventConsumed: 0x100ac,
} as const;
/** CR0: SMMUEN, EVENTQEN, CMDQEN. */
const QUEUES = 0xc;
const ENABLED = 0xd;
/** STRTAB_BASE_CFG: LOG2SIZE, SPLIT and FMT of two levels. */
const LOG_STREAMS = 16;
const SPLIT = 6 << 6;
const TWO_LEVELS = 1 << 16;

/** Slots of the DMA masters on bus 0, and their register windows. */
export const SLOTS_OF_MASTERS = [3, 4];
const BARS = [0x10000000, 0x10001000];
const COMMAND_FRAME = 0x41800;
const EVENT_FRAME = 0x41802;
/** log2 of the queues' sizes. */
const LOG_COMMANDS = 7;
const LOG_EVENTS = 7;
const SLOTS = 1 << LOG_COMMANDS;

/** QEMU's virt machine with its SMMUv3. */
export class SmmuBoard implements Board {
  readonly masters = BARS;
  /** With the wrap bit above the index. */
  private produced = 0;
  private readonly words = new Int32Array(4);

  setUp(batch: Batch): void {
    this.produced = 0;
    SLOTS_OF_MASTERS.forEach((slot, i) => {
      const base = CONFIGURATION + slot * 0x8000;
      batch.writeLong(base + 0x14, BARS[i]);
      batch.writeLong(base + 0x04, 6);
    });
    batch.writeQuad(REGISTERS + AT.commandQueue, COMMAND_FRAME * 4096 + LOG_COMMANDS, 0);
    batch.writeQuad(REGISTERS + AT.eventQueue, EVENT_FRAME * 4096 + LOG_EVENTS, 0);
    batch.writeLong(REGISTERS + AT.control, QUEUES);
    batch.writeLong(REGISTERS + AT.control, ENABLED);
  }

  begin(batch: Batch, root: number, rootMode: number): void {
    batch.writeQuad(REGISTERS + AT.streamTable, root * 4096, 0);
    batch.writeLong(REGISTERS + AT.streamTableShape, LOG_STREAMS | (rootMode === 2 ? SPLIT | TWO_LEVELS : 0));
    const none = { pasid: 0, tag: 0, page: 0, mask: 0, hint: 0 };
    this.put(batch, 'cfgi-all', 0, none);
    this.put(batch, 'tlbi-nsnh-all', 0, none);
    this.put(batch, 'sync', 0, none);
    batch.writeLong(REGISTERS + AT.commandProduced, this.produced);
    this.clearEvents(batch);
  }

  command(batch: Batch, command: Command, rid: number): void {
    this.put(batch, command.name as CommandName, rid, command);
    this.put(batch, 'sync', rid, command);
    batch.writeLong(REGISTERS + AT.commandProduced, this.produced);
  }

  private put(
    batch: Batch,
    name: CommandName,
    rid: number,
    scope: Pick<Command, 'pasid' | 'tag' | 'page' | 'mask' | 'hint'>,
  ): void {
    const { pasid, tag, page, mask, hint } = scope;
    encode({ command: COMMAND[name], rid, pasid, tag, page, mask, hint }, this.words);
    const at = COMMAND_FRAME * 4096 + (this.produced % SLOTS) * 16;
    batch.writeQuad(at, this.words[0], this.words[1]);
    batch.writeQuad(at + 8, this.words[2], this.words[3]);
    this.produced = (this.produced + 1) % (2 * SLOTS);
  }

  takeFault(batch: Batch, take: (fault: Fault | undefined) => void): void {
    const words = new Int32Array(EVENT_WORDS);
    for (let i = 0; i < EVENT_WORDS; i += 2) {
      batch.readQuad(EVENT_FRAME * 4096 + 4 * i, (low, high) => {
        words[i] = low;
        words[i + 1] = high;
      });
    }
    batch.readLong(REGISTERS + AT.eventProduced, (produced) => {
      const { type, page } = decodeEvent(words);
      // Events of configuration have no input address.
      const hasPage = type >= EVENT.walkAbort;
      take(produced === 0 ? undefined : { reason: type, page: hasPage ? page : UNKNOWN_PAGE });
    });
    this.clearEvents(batch);
  }

  private clearEvents(batch: Batch): void {
    batch.writeLong(REGISTERS + AT.eventProduced, 0);
    batch.writeLong(REGISTERS + AT.eventConsumed, 0);
  }
}
