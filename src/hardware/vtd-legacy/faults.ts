/** Fault reasons of legacy mode (7.1.3), by the number that the fault record carries. 0 is no fault. */
export const FAULT = {
  rootNotPresent: 0x1, // LRT.2
  contextNotPresent: 0x2, // LCT.2
  contextInvalid: 0x3, // LCT.4
  aboveWidth: 0x4, // LGN.1
  writeDenied: 0x5, // LGN.2
  readDenied: 0x6, // LGN.3
  tableAccess: 0x7, // LSS.1
  rootTableAccess: 0x8, // LRT.1
  contextTableAccess: 0x9, // LCT.1
  rootReserved: 0xa, // LRT.3
  contextReserved: 0xb, // LCT.3
  tableReserved: 0xc, // LSS.2
  deviceTlbDisabled: 0xd, // LCT.5
} as const;

const names = new Map<number, string>(Object.entries(FAULT).map(([name, code]) => [code, name]));

/** The name of a fault reason; a number that is none prints as itself. */
export function faultName(code: number): string {
  return names.get(code) ?? `fault 0x${code.toString(16)}`;
}

/** A right that is missing, which of an entry that permits nothing are both. */
export function denied(missing: number): number {
  return (missing & 2) !== 0 ? FAULT.writeDenied : FAULT.readDenied;
}

/** Reasons that a translation request is answered with "no permission" for (7.1.3). */
export function isRecoverable(fault: number): boolean {
  return fault === FAULT.writeDenied || fault === FAULT.readDenied || fault === FAULT.aboveWidth;
}
