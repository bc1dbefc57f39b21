import { type DriverDefinition, defineDriver } from '../../../src/vocabulary/design.js';
import { linkSubdevice, unlinkSubdevice } from '../../core/subdevice-links.js';
import { bondProcedures } from './bonds.js';
import { domainProcedures } from './domain.js';
import { entryProcedures } from './entry.js';
import { faultProcedures } from './faults.js';
import { flushProcedures } from './flush.js';
import { mends } from './mends.js';
import { shows } from './shows.js';
import { LAST_ID, objects } from './objects.js';
import { probeProcedures } from './probe.js';
import { routeProcedures } from './routes.js';
import { steps } from './steps.js';
import { tableProcedures } from './table.js';

const driver: DriverDefinition = defineDriver({
  name: 'riscv@7',
  title: 'RISC-V IOMMU driver of Linux 7.x: bonds; with PASIDs, ATS and nesting after the specification',
  source:
    'drivers/iommu/riscv/iommu.c, Linux 7.1 merge window (2026); RISC-V IOMMU Architecture Specification 1.0',
  hardware: 'riscv',
  objects,
  // GSCIDs are what the checker calls tags, PSCIDs what it calls ids of address spaces.
  pools: { space: { low: 1, high: LAST_ID }, did: { low: 1, high: LAST_ID } },
  steps,
  procedures: (mended) => [
    ...probeProcedures,
    ...domainProcedures,
    ...tableProcedures,
    ...bondProcedures,
    ...flushProcedures,
    ...entryProcedures(mended),
    ...routeProcedures,
    ...faultProcedures,
    linkSubdevice,
    unlinkSubdevice,
  ],
  mends,
  shows,
  // riscv_iommu_iodir_update clears V first, so every replace has a time in which nothing is translated.
  hitless: [],
  boot: ['boot'],
  lacks: {
    nestingWithPasids: {
      errno: 'EOPNOTSUPP',
      reason:
        "a device's second stage is that of its process directory too (2.1.3.5), so the kernel's directory would have to lie in the guest's memory",
    },
  },
});

export default driver;
