/**
 * Fault reasons of scalable mode (7.1.3), by the number that the fault record carries. 0 is no fault. The letters are the
 * specification's own names of the condition.
 */
export const FAULT = {
  rootTableAccess: 0x38, // SRT.1
  rootNotPresent: 0x39, // SRT.2
  rootReserved: 0x3a, // SRT.3
  contextTableAccess: 0x40, // SCT.1
  contextNotPresent: 0x41, // SCT.2
  contextReserved: 0x42, // SCT.3
  contextInvalid: 0x43, // SCT.4
  deviceTlbDisabled: 0x44, // SCT.5
  pasidDisabled: 0x45, // SCT.6
  pasidTooLarge: 0x46, // SCT.7
  pageRequestDisabled: 0x47, // SCT.8
  pasidIsRidPasid: 0x48, // SCT.9
  directoryAccess: 0x50, // SPD.1
  directoryNotPresent: 0x51, // SPD.2
  directoryReserved: 0x52, // SPD.3
  pasidTableAccess: 0x58, // SPT.1
  pasidNotPresent: 0x59, // SPT.2
  pasidReserved: 0x5a, // SPT.3
  pasidInvalid: 0x5b, // SPT.4
  supervisorDisabled: 0x5d, // SPT.6
  firstAccess: 0x70, // SFS.1
  firstNotPresent: 0x71, // SFS.2
  firstReserved: 0x72, // SFS.3
  firstRootAccess: 0x73, // SFS.4
  nestedRootRead: 0x75, // SFS.6: no read permission in the second stage for the first-stage root table
  nestedRead: 0x76, // SFS.7: the same for a lower first-stage table
  nestedUpdate: 0x77, // SFS.8: no write permission in the second stage to set accessed or dirty
  secondAccess: 0x78, // SSS.1
  secondNotPresent: 0x79, // SSS.2
  secondReserved: 0x7a, // SSS.3
  secondRootAccess: 0x7b, // SSS.4
  notCanonical: 0x80, // SGN.1
  userDenied: 0x81, // SGN.2
  aboveHostWidth: 0x83, // SGN.4
  aboveSecondWidth: 0x84, // SGN.5
  writeDenied: 0x85, // SGN.6
  readDenied: 0x86, // SGN.7
} as const;

const names = new Map<number, string>(Object.entries(FAULT).map(([name, code]) => [code, name]));

/** The name of a fault reason; a number that is none prints as itself. */
export function faultName(code: number): string {
  return names.get(code) ?? `fault 0x${code.toString(16)}`;
}

/** Reasons that a translation request is answered with "no permission" for, without a fault (7.1.3, Table 30). */
export function isRecoverable(fault: number): boolean {
  switch (fault) {
    case FAULT.directoryNotPresent:
    case FAULT.pasidNotPresent:
    case FAULT.supervisorDisabled:
    case FAULT.secondNotPresent:
    case FAULT.notCanonical:
    case FAULT.userDenied:
    case FAULT.aboveHostWidth:
    case FAULT.aboveSecondWidth:
      return true;
    default:
      return fault >= FAULT.firstAccess && fault <= FAULT.nestedUpdate;
  }
}
