import { type DriverDefinition, defineDriver } from '../../../src/vocabulary/design.js';
import { linkSubdevice, unlinkSubdevice } from '../../core/subdevice-links.js';
import { ridProcedures } from './attach-rid.js';
import { domainIdProcedures } from './domain-ids.js';
import { domainProcedures } from './domain.js';
import { entryProcedures } from './entry.js';
import { faultProcedures } from './faults.js';
import { mends } from './mends.js';
import { shows } from './shows.js';
import { nestedProcedures } from './nested.js';
import { LAST_DOMAIN_ID, objects } from './objects.js';
import { pasidProcedures } from './pasid.js';
import { probeProcedures } from './probe.js';
import { routeProcedures } from './routes.js';
import { steps } from './steps.js';
import { tableProcedures } from './table.js';
import { tagProcedures } from './tags.js';

const driver: DriverDefinition = defineDriver({
  name: 'vtd@7',
  title: 'Intel VT-d driver of Linux 7.x: cache tags, present bit cleared first',
  source: 'drivers/iommu/intel/{iommu,pasid,cache,nested,prq}.c, Linux 7.1 merge window (2026)',
  hardware: 'vtd',
  objects,
  pools: { did: { low: 2, high: LAST_DOMAIN_ID } },
  steps,
  procedures: (mended) => [
    ...probeProcedures(mended),
    ...domainProcedures,
    ...tableProcedures,
    ...domainIdProcedures,
    ...tagProcedures(mended),
    ...entryProcedures(mended),
    ...routeProcedures(mended),
    ...ridProcedures(mended),
    ...pasidProcedures,
    ...nestedProcedures,
    ...faultProcedures(mended),
    linkSubdevice,
    unlinkSubdevice,
  ],
  mends,
  shows,
  // c3b1edea3791 removed the in-place changes: a replace takes the old entry down before the new one is set.
  hitless: [],
  boot: ['boot'],
});

export default driver;
