import { COMMAND, type CommandName } from './invalidation.js';

/** The command of a descriptor, as the queue holds it. Scopes that a command ignores are 0, its mask's low page bits too. */
export interface CommandFields {
  readonly command: number;
  /** Requester id of context-cache and device-TLB invalidations. */
  readonly rid: number;
  readonly pasid: number;
  readonly tag: number;
  readonly page: number;
  /** Number of low page bits that the invalidation ignores. */
  readonly mask: number;
  /** Only leaf entries have been changed (IH). */
  readonly hint: number;
}

/** Largest address mask of IOTLB invalidations (CAP.MAMV): 1 GiB. */
export const LARGEST_MASK = 18;
/** Mask of a device-TLB invalidation that takes everything. */
export const EVERYTHING = 52;

/** Why a descriptor is refused, as IQERCD_REG.IQEI reports it (11.4.9.9). */
export const QUEUE_ERROR = { type: -3, reserved: -4 } as const;

const TYPE = {
  context: 1,
  iotlb: 2,
  deviceTlb: 3,
  wait: 5,
  pasidIotlb: 6,
  pasidCache: 7,
  pasidDeviceTlb: 8,
} as const;
/** Granularity, bits 5:4. */
const G = (value: number): number => value << 4;
/** Drain reads and writes, ignored by hardware that always drains. */
const DRAIN = (1 << 6) | (1 << 7);
const HINT = 1 << 6;
/** S of device-TLB invalidations without and with PASID, in the low word of qword 1. */
const SIZE = 1 << 0;
const PASID_SIZE = 1 << 11;
/** SW of a wait: write the status word when done. */
const STATUS_WRITE = 1 << 5;

const PAGES = 2 ** 20;

/** Words 0–7 of a 256-bit descriptor (6.5.2), qword q in words 2q low and 2q+1 high. */
export function encode(fields: CommandFields, out: Int32Array): void {
  out.fill(0);
  const { command, rid, pasid, tag, page, mask, hint } = fields;
  const did = tag << 16;
  switch (command) {
    case COMMAND['context-global']:
      out[0] = TYPE.context | G(1);
      break;
    case COMMAND['context-device']:
      out[0] = TYPE.context | G(3);
      out[1] = rid;
      break;
    case COMMAND['pasid-cache-domain']:
      out[0] = TYPE.pasidCache | G(0) | did;
      break;
    case COMMAND['pasid-cache-pasid']:
      out[0] = TYPE.pasidCache | G(1) | did;
      out[1] = pasid;
      break;
    case COMMAND['pasid-cache-global']:
      out[0] = TYPE.pasidCache | G(3);
      break;
    case COMMAND['iotlb-global']:
      out[0] = TYPE.iotlb | G(1) | DRAIN;
      break;
    case COMMAND['iotlb-domain']:
      out[0] = TYPE.iotlb | G(2) | DRAIN | did;
      break;
    case COMMAND['iotlb-page']:
      out[0] = TYPE.iotlb | G(3) | DRAIN | did;
      address(out, page, mask | (hint !== 0 ? HINT : 0));
      break;
    case COMMAND['pasid-iotlb-pasid']:
      out[0] = TYPE.pasidIotlb | G(2) | did;
      out[1] = pasid;
      break;
    case COMMAND['pasid-iotlb-page']:
      out[0] = TYPE.pasidIotlb | G(3) | did;
      out[1] = pasid;
      address(out, page, mask | (hint !== 0 ? HINT : 0));
      break;
    case COMMAND['device-tlb']:
      out[0] = TYPE.deviceTlb;
      out[1] = rid;
      address(out, sized(page, mask), mask > 0 ? SIZE : 0);
      break;
    case COMMAND['pasid-device-tlb']:
      out[0] = TYPE.pasidDeviceTlb | (rid << 16);
      out[1] = pasid;
      address(out, sized(page, mask), mask > 0 ? PASID_SIZE : 0);
      break;
    case COMMAND.wait:
      out[0] = TYPE.wait | STATUS_WRITE;
      break;
  }
}

/** The fields of a descriptor, or one of {@link QUEUE_ERROR}. */
export function decode(words: ArrayLike<number>): CommandFields | number {
  const low0 = words[0];
  const high0 = words[1];
  const low1 = words[2];
  const type = (low0 & 0xf) | ((low0 >>> 5) & 0x70);
  const granularity = (low0 >>> 4) & 3;
  const tag = low0 >>> 16;
  if ((words[4] | words[5] | words[6] | words[7]) !== 0) return QUEUE_ERROR.reserved;
  switch (type) {
    case TYPE.context:
      if ((low0 & 0xf1c0) !== 0 || (high0 & 0xfffc0000) !== 0 || (low1 | words[3]) !== 0)
        return QUEUE_ERROR.reserved;
      // In scalable mode a domain-selective one acts as global (6.5.2.1).
      if (granularity === 1 || granularity === 2) return make('context-global');
      return granularity === 3 ? make('context-device', { rid: high0 & 0xffff }) : QUEUE_ERROR.type;
    case TYPE.pasidCache: {
      if ((low0 & 0xf1c0) !== 0 || (high0 & 0xfff00000) !== 0 || (low1 | words[3]) !== 0)
        return QUEUE_ERROR.reserved;
      if (granularity === 0) return make('pasid-cache-domain', { tag });
      if (granularity === 1) return make('pasid-cache-pasid', { tag, pasid: high0 });
      return granularity === 3 ? make('pasid-cache-global') : QUEUE_ERROR.type;
    }
    case TYPE.iotlb:
      if ((low0 & 0xf100) !== 0 || high0 !== 0 || (low1 & 0xf80) !== 0) return QUEUE_ERROR.reserved;
      if (granularity === 1) return make('iotlb-global');
      if (granularity === 2) return make('iotlb-domain', { tag });
      return granularity === 3 ? paged('iotlb-page', low1, words[3], tag, 0) : QUEUE_ERROR.type;
    case TYPE.pasidIotlb:
      if ((low0 & 0xf1c0) !== 0 || (high0 & 0xfff00000) !== 0 || (low1 & 0xf80) !== 0)
        return QUEUE_ERROR.reserved;
      if (granularity === 2) return make('pasid-iotlb-pasid', { tag, pasid: high0 });
      return granularity === 3 ? paged('pasid-iotlb-page', low1, words[3], tag, high0) : QUEUE_ERROR.type;
    case TYPE.deviceTlb: {
      if ((low0 & 0xffe001f0) !== 0 || (high0 & 0x000f0000) !== 0 || (low1 & 0xffe) !== 0)
        return QUEUE_ERROR.reserved;
      return make('device-tlb', { rid: high0 & 0xffff, ...range(low1, words[3], SIZE) });
    }
    case TYPE.pasidDeviceTlb: {
      if ((low1 & 0x7ff) !== 0) return QUEUE_ERROR.reserved;
      return make('pasid-device-tlb', {
        rid: tag,
        pasid: high0 & 0xfffff,
        ...range(low1, words[3], PASID_SIZE),
      });
    }
    case TYPE.wait:
      return (low0 & 0xff00) !== 0 || (low1 & 3) !== 0 ? QUEUE_ERROR.reserved : make('wait');
    default:
      return QUEUE_ERROR.type;
  }
}

function make(name: CommandName, fields: Partial<CommandFields> = {}): CommandFields {
  return { command: COMMAND[name], rid: 0, pasid: 0, tag: 0, page: 0, mask: 0, hint: 0, ...fields };
}

/** The address field of qword 1 over its low bits. */
function address(out: Int32Array, page: number, flags: number): void {
  out[2] = ((page % PAGES) << 12) | flags;
  out[3] = Math.floor(page / PAGES);
}

function pageOf(low: number, high: number): number {
  return (high >>> 0) * PAGES + (low >>> 12);
}

function paged(
  name: CommandName,
  low: number,
  high: number,
  tag: number,
  pasid: number,
): CommandFields | number {
  const mask = low & 0x3f;
  if (mask > LARGEST_MASK) return QUEUE_ERROR.reserved;
  const page = pageOf(low, high);
  return make(name, { tag, pasid, mask, page: page - (page % 2 ** mask), hint: (low & HINT) === 0 ? 0 : 1 });
}

/** A device-TLB range is told by its address: the lowest 0 bit, and all below, are not part of it (6.5.2.5). */
function sized(page: number, mask: number): number {
  return mask === 0 ? page : page - (page % 2 ** mask) + 2 ** (mask - 1) - 1;
}

function range(low: number, high: number, size: number): { page: number; mask: number } {
  const coded = pageOf(low, high);
  if ((low & size) === 0) return { page: coded, mask: 0 };
  let mask = 1;
  while (mask < EVERYTHING && Math.floor(coded / 2 ** (mask - 1)) % 2 === 1) mask++;
  return { page: coded - (coded % 2 ** mask), mask };
}
