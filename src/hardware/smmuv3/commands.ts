import { COMMAND } from './invalidation.js';

/** A command as the queue holds it, by the fields of `Effect`. */
export interface CommandFields {
  readonly command: number;
  /** StreamID of CFGI and ATC commands. */
  readonly rid: number;
  /** ASID of TLBI, SubstreamID of the others. */
  readonly pasid: number;
  readonly tag: number;
  readonly page: number;
  readonly mask: number;
  /** Leaf. */
  readonly hint: number;
}

const OPCODE = {
  'cfgi-ste': 0x03,
  'cfgi-all': 0x04,
  'cfgi-cd': 0x05,
  'cfgi-cd-all': 0x06,
  'tlbi-nh-all': 0x10,
  'tlbi-nh-asid': 0x11,
  'tlbi-nh-va': 0x12,
  'tlbi-nh-vaa': 0x13,
  'tlbi-s12-vmall': 0x28,
  'tlbi-s2-ipa': 0x2a,
  'tlbi-nsnh-all': 0x30,
  'atc-inv': 0x40,
  'atc-inv-substream': 0x40,
  sync: 0x46,
} as const satisfies Readonly<Record<keyof typeof COMMAND, number>>;
const OPCODES: readonly number[] = Object.entries(COMMAND)
  .sort(([, a], [, b]) => a - b)
  .map(([name]) => OPCODE[name as keyof typeof COMMAND]);

/** Range of CMD_CFGI_ALL, which is a CMD_CFGI_STE_RANGE of everything (4.3.2). */
const EVERY_STREAM = 31;
/** SSV of CMD_ATC_INV, in the low word. */
const WITH_SUBSTREAM = 1 << 11;
const PAGES = 2 ** 20;

/** Words 0–3 of a 128-bit command (4.1). */
export function encode(fields: CommandFields, out: Int32Array): void {
  const { command, rid, pasid, tag, page, mask, hint } = fields;
  const leaf = hint !== 0 ? 1 : 0;
  out.fill(0);
  out[0] = OPCODES[command];
  const address = (flags: number): void => {
    out[2] = ((page % PAGES) << 12) | flags;
    out[3] = Math.floor(page / PAGES);
  };
  switch (command) {
    case COMMAND['cfgi-ste']:
      out[1] = rid;
      out[2] = leaf;
      break;
    case COMMAND['cfgi-all']:
      out[2] = EVERY_STREAM;
      break;
    case COMMAND['cfgi-cd']:
      out[0] |= pasid << 12;
      out[1] = rid;
      out[2] = leaf;
      break;
    case COMMAND['cfgi-cd-all']:
      out[1] = rid;
      break;
    case COMMAND['tlbi-nh-all']:
    case COMMAND['tlbi-s12-vmall']:
      out[1] = tag;
      break;
    case COMMAND['tlbi-nh-asid']:
      out[1] = tag | (pasid << 16);
      break;
    case COMMAND['tlbi-nh-va']:
      out[1] = tag | (pasid << 16);
      address(leaf);
      break;
    case COMMAND['tlbi-nh-vaa']:
    case COMMAND['tlbi-s2-ipa']:
      out[1] = tag;
      address(leaf);
      break;
    case COMMAND['atc-inv']:
    case COMMAND['atc-inv-substream']:
      if (command === COMMAND['atc-inv-substream']) out[0] |= WITH_SUBSTREAM | (pasid << 12);
      out[1] = rid;
      address(mask);
      break;
  }
}
