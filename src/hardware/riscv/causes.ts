/** Fault causes, by the number that the fault record carries (3.2, Table 11). 0 is no fault. */
export const CAUSE = {
  readAccess: 5,
  writeAccess: 7,
  readPage: 13,
  writePage: 15,
  readGuestPage: 21,
  writeGuestPage: 23,
  allDisallowed: 256,
  directoryLoad: 257, // DDT
  directoryInvalid: 258,
  directoryMisconfigured: 259,
  typeDisallowed: 260,
  processLoad: 265, // PDT
  processInvalid: 266,
  processMisconfigured: 267,
} as const;

const names = new Map<number, string>(Object.entries(CAUSE).map(([name, code]) => [code, name]));

/** The name of a fault cause; a number that is none prints as itself. */
export function causeName(code: number): string {
  return names.get(code) ?? `cause ${code}`;
}

/** The page fault of a stage, by what the access wanted. */
export function pageFault(permission: number, second: boolean): number {
  if ((permission & 2) !== 0) return second ? CAUSE.writeGuestPage : CAUSE.writePage;
  return second ? CAUSE.readGuestPage : CAUSE.readPage;
}

export function accessFault(permission: number): number {
  return (permission & 2) !== 0 ? CAUSE.writeAccess : CAUSE.readAccess;
}

/** Causes that a translation request is answered with "no permission" for (2.6). */
export function isRecoverable(cause: number): boolean {
  switch (cause) {
    case CAUSE.readPage:
    case CAUSE.writePage:
    case CAUSE.readGuestPage:
    case CAUSE.writeGuestPage:
    case CAUSE.processInvalid:
      return true;
    default:
      return false;
  }
}
