import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import { choose, done, fails, is, keep, result, run, set, to, when } from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';

/**
 * riscv_iommu_bond_link: before the entry is written. Whoever changes the table before the bond is listed is seen by the entry's first
 * walk; whoever changes it afterwards finds the bond.
 */
const linkBond = procedure.createMachine({
  id: 'linkBond',
  context: registers({ domain: 'ref', device: 'int', pasid: 'int', bond: 'ref' }),
  initial: 'allocate',
  states: {
    allocate: run('create', { kind: 'bond' }, to('list', keep('bond')), 'noMemory'),
    list: run(
      'listBond',
      { bond: reg('bond'), domain: reg('domain'), device: reg('device'), pasid: reg('pasid') },
      'announce',
    ),
    announce: run('event', { machine: 'domain', event: 'ATTACH', id: reg('domain') }, 'linked'),
    linked: done,
    noMemory: fails(ERRNO.ENOMEM),
  },
});

/**
 * Take a bond off its list, after the entry has been written over. With the last on an IOMMU the PSCID is flushed there: while the entry
 * was being invalidated the IOATC may have been filled by it again.
 */
const delist = procedure.createMachine({
  id: 'delist',
  context: registers({
    bond: 'ref',
    device: 'int',
    domain: 'ref',
    parent: 'ref',
    pscid: 'int',
    gscid: 'int',
    ticket: 'int',
  }),
  initial: 'readDomain',
  states: {
    readDomain: run('get', { field: 'bond.domain', of: reg('bond') }, to('delist', keep('domain'))),
    delist: run('delistBond', { bond: reg('bond') }, [when(result(0), 'readPscid'), to('delisted')]),
    readPscid: run('get', { field: 'domain.pscid', of: reg('domain') }, to('readParent', keep('pscid'))),
    readParent: run('get', { field: 'domain.parent', of: reg('domain') }, [
      when(result(0), 'flushSpace', set('gscid', -1)),
      to('readGscid', keep('parent')),
    ]),
    readGscid: run('get', { field: 'domain.gscid', of: reg('parent') }, to('flushSpace', keep('gscid'))),
    flushSpace: run(
      'flushSpace',
      { device: reg('device'), pasid: reg('pscid'), gscid: reg('gscid') },
      'fence',
    ),
    fence: run('fence', { device: reg('device') }, to('waitFence', keep('ticket'))),
    waitFence: run('waitFence', { device: reg('device'), ticket: reg('ticket') }, 'delisted'),
    delisted: done,
  },
});

/** riscv_iommu_bond_unlink: nothing for a route that had no bond. */
const unlinkBond = procedure.createMachine({
  id: 'unlinkBond',
  context: registers({ domain: 'ref', device: 'int', pasid: 'int', bond: 'ref' }),
  initial: 'isDomain',
  states: {
    isDomain: choose(when(is('domain', 0), 'unlinked'), to('find')),
    find: run(
      'bondOf',
      { domain: reg('domain'), device: reg('device'), pasid: reg('pasid') },
      to('delist', keep('bond')),
    ),
    delist: run('delist', { bond: reg('bond'), device: reg('device') }, 'free'),
    free: run('destroy', { kind: 'bond', of: reg('bond') }, 'announce'),
    announce: run('event', { machine: 'domain', event: 'DETACH', id: reg('domain') }, 'unlinked'),
    unlinked: done,
  },
});

export const bondProcedures = [linkBond, delist, unlinkBond];
