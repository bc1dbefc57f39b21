import { type DriverDefinition, defineDriver } from '../../../src/vocabulary/design.js';
import { bondProcedures } from './bonds.js';
import { domainProcedures } from './domain.js';
import { entryProcedures } from './entry.js';
import { faultProcedures } from './faults.js';
import { flushProcedures } from './flush.js';
import { mends } from './mends.js';
import { LAST_ID, objects } from './objects.js';
import { probeProcedures } from './probe.js';
import { routeProcedures } from './routes.js';
import { steps } from './steps.js';
import { subdeviceProcedures } from './subdevice.js';
import { tableProcedures } from './table.js';

const driver: DriverDefinition = defineDriver({
  name: 'riscv@7',
  title: 'RISC-V IOMMU driver of Linux 7.x: bonds; with PASIDs, ATS and nesting after the specification',
  source:
    'drivers/iommu/riscv/iommu.c, Linux 7.1 merge window (2026); RISC-V IOMMU Architecture Specification 1.0',
  hardware: 'riscv',
  objects,
  // Pools called `did` hold what tags entries of caches: here GSCIDs. PSCIDs stand in the place of PASIDs in rows of page tables alone.
  pools: { pscid: { low: 1, high: LAST_ID }, did: { low: 1, high: LAST_ID } },
  steps,
  procedures: (mended) => [
    ...probeProcedures,
    ...domainProcedures,
    ...tableProcedures,
    ...bondProcedures,
    ...flushProcedures(mended),
    ...entryProcedures,
    ...routeProcedures,
    ...faultProcedures,
    ...subdeviceProcedures,
  ],
  mends,
  // riscv_iommu_iodir_update clears V first, so every replace has a time in which nothing is translated.
  hitless: [],
  boot: ['boot'],
});

export default driver;
