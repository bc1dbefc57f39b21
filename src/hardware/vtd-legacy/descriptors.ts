import { COMMAND as SCALABLE, type CommandName as ScalableName } from '../vtd/invalidation.js';
import { type CommandFields, encode as encodeScalable } from '../vtd/descriptors.js';
import { COMMAND, type CommandName } from './invalidation.js';

const NAMES = Object.keys(COMMAND) as CommandName[];
/** Granularity of a context-cache invalidation, bits 5:4: a domain. */
const BY_DOMAIN = 1 | (2 << 4);

/** Words 0–3 of a 128-bit descriptor (6.5.2): scalable mode's, the domain of context-cache invalidations beside. */
export function encode(fields: CommandFields, out: Int32Array): void {
  const name = NAMES[fields.command];
  const did = fields.tag << 16;
  if (name === 'context-domain') {
    out.fill(0);
    out[0] = BY_DOMAIN | did;
    return;
  }
  encodeScalable({ ...fields, command: SCALABLE[name as ScalableName] }, out);
  if (name === 'context-device') out[0] |= did;
}
