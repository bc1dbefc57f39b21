import { procedure, reg, registers } from '../../../src/statechart/procedure.js';
import {
  add,
  choose,
  copy,
  done,
  fails,
  is,
  keep,
  result,
  run,
  to,
  when,
} from '../../../src/statechart/states.js';
import type { MendQuery } from '../../../src/vocabulary/design.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { putFaults, takeFaults } from '../../core/page-faults.js';

/** Whether the domain's format and habits suit the device's IOMMU (paging_domain_compatible). */
const isCompatible = procedure.createMachine({
  id: 'isCompatible',
  context: registers({ domain: 'ref', device: 'int', iommu: 'int', parent: 'ref', of: 'ref' }),
  initial: 'whichIommu',
  states: {
    whichIommu: run(
      'deviceFact',
      { what: 'iommu', device: reg('device') },
      to('readParent', keep('iommu'), copy('domain', 'of')),
    ),
    readParent: run('get', { field: 'domain.parent', of: reg('domain') }, [
      when(result(0), 'isEmulated'),
      to('isEmulated', keep('of')),
    ]),
    isEmulated: run('iommuFact', { what: 'cachingMode', iommu: reg('iommu') }, [
      when(result(0), 'compatible'),
      to('hasRoot'),
    ]),
    hasRoot: run('get', { field: 'domain.root', of: reg('of') }, [
      when(result(0), 'compatible'),
      to('isFirst'),
    ]),
    isFirst: run('get', { field: 'domain.isFirst', of: reg('of') }, [
      when(result(0), 'syncsMap'),
      to('compatible'),
    ]),
    syncsMap: run('get', { field: 'domain.syncMap', of: reg('of') }, [
      when(result(0), 'incompatible'),
      to('compatible'),
    ]),
    compatible: done,
    incompatible: fails(ERRNO.EINVAL),
  },
});

/**
 * device_block_translation: end the RID's attachment, whatever it is. Identity has neither domain id nor tags of its own.
 * Without the mend the tags go first, and an unmap that runs now flushes nobody while the entry still translates.
 */
function blockTranslation(mended: MendQuery) {
  const tagsLast = mended('tags-follow-entry');
  return procedure.createMachine({
    id: 'blockTranslation',
    context: registers({ device: 'int', info: 'int', domain: 'ref', did: 'int' }),
    initial: 'whichInfo',
    states: {
      whichInfo: choose(to('isAttached', copy('device', 'info'), add('info', 1))),
      isAttached: run('get', { field: 'info.attached', of: reg('info') }, [
        when(result(0), 'blocked'),
        to('readDomain'),
      ]),
      readDomain: run('get', { field: 'info.domain', of: reg('info') }, [
        when(result(0), 'tearDown'),
        to('readId', keep('domain')),
      ]),
      readId: run(
        'domainIdOf',
        { domain: reg('domain'), device: reg('device') },
        to(tagsLast ? 'tearDown' : 'unassignTags', keep('did')),
      ),
      unassignTags: run(
        'unassignTags',
        { domain: reg('domain'), did: reg('did'), device: reg('device'), pasid: 0 },
        tagsLast ? 'delist' : 'tearDown',
      ),
      tearDown: run('tearDownEntry', { device: reg('device'), pasid: 0 }, 'setDetached'),
      setDetached: run('clear', { field: 'info.attached', of: reg('info') }, 'hadDomain'),
      hadDomain: choose(when(is('domain', 0), 'blocked'), to(tagsLast ? 'unassignTags' : 'delist')),
      delist: run('clear', { field: 'info.domain', of: reg('info') }, 'putId'),
      putId: run('putDomainId', { domain: reg('domain'), device: reg('device') }, 'detached'),
      detached: run('event', { machine: 'domain', event: 'DETACH', id: reg('domain') }, 'blocked'),
      blocked: done,
    },
  });
}

/** Stop a route's translation and keep all that its attachment holds: for the time of a reset. */
const pauseRoute = procedure.createMachine({
  id: 'pauseRoute',
  context: registers({ device: 'int', pasid: 'int' }),
  initial: 'tearDown',
  states: {
    tearDown: run('tearDownEntry', { device: reg('device'), pasid: reg('pasid') }, 'paused'),
    paused: done,
  },
});

/**
 * Set the entry again that has been stopped. The page that holds it is there, so that nothing can fail. A RID that a failed attach has left
 * blocked stays so: nothing would take its entry down, and it has no tags.
 */
const resumeRoute = procedure.createMachine({
  id: 'resumeRoute',
  context: registers({ device: 'int', pasid: 'int', domain: 'ref', did: 'int', info: 'int' }),
  initial: 'byRoute',
  states: {
    byRoute: choose(when(is('pasid', 0), 'isAttached', copy('device', 'info'), add('info', 1)), to('readId')),
    isAttached: run('get', { field: 'info.attached', of: reg('info') }, [
      when(result(0), 'resumed'),
      to('readId'),
    ]),
    readId: run('domainIdOf', { domain: reg('domain'), device: reg('device') }, to('setEntry', keep('did'))),
    setEntry: run(
      'setupEntry',
      { device: reg('device'), pasid: reg('pasid'), domain: reg('domain'), did: reg('did') },
      'resumed',
      'resumed',
    ),
    resumed: done,
  },
});

export const routeProcedures = (mended: MendQuery) => [
  isCompatible,
  takeFaults,
  putFaults,
  blockTranslation(mended),
  pauseRoute,
  resumeRoute,
];
