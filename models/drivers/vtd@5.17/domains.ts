import { procedure, reg, registers, result as output } from '../../../src/statechart/procedure.js';
import {
  choose,
  done,
  fails,
  is,
  keep,
  result,
  run,
  same,
  to,
  when,
} from '../../../src/statechart/states.js';
import { ERRNO } from '../../../src/vocabulary/errno.js';
import { SPACE_KINDS } from '../../../src/vocabulary/operations.js';

const KIND = Object.fromEntries(SPACE_KINDS.map((name, i) => [name, i])) as Record<
  (typeof SPACE_KINDS)[number],
  number
>;

/**
 * intel_iommu_domain_alloc(). Identity is the one static domain, and a domain in which nothing is mapped stands in for the
 * blocking domain that this driver does not have.
 */
export const allocDomain = procedure.createMachine({
  id: 'allocDomain',
  context: registers({ kind: 'int', parent: 'ref', domain: 'ref', pgd: 'frame' }),
  output: output('domain'),
  initial: 'which',
  states: {
    which: choose(
      when(is('kind', KIND.paging), 'create'),
      when(is('kind', KIND.identity), 'getIdentity'),
      when(is('kind', KIND.blocked), 'getEmpty'),
      to('unsupported'),
    ),
    getIdentity: run('get', { field: 'defaults.identity', of: 1 }, to('allocated', keep('domain'))),
    getEmpty: run('get', { field: 'defaults.translated', of: 1 }, to('allocated', keep('domain'))),
    create: run('create', { kind: 'domain' }, to('allocateRoot', keep('domain')), 'noMemory'),
    allocateRoot: run('allocateTable', {}, to('storeRoot', keep('pgd')), 'destroy'),
    storeRoot: run('set', { field: 'domain.pgd', of: reg('domain'), value: reg('pgd') }, 'tell'),
    tell: run('event', { machine: 'domain', event: 'CREATE', id: reg('domain') }, 'allocated'),
    allocated: done,
    destroy: run('destroy', { kind: 'domain', of: reg('domain') }, 'noMemory'),
    noMemory: fails(ERRNO.ENOMEM),
    unsupported: fails(ERRNO.EOPNOTSUPP),
  },
});

/**
 * intel_iommu_domain_free(): devices still attached are removed without a word; parents of subdevices are not looked at. The
 * tables go back with no flush of any kind.
 */
export const freeDomain = procedure.createMachine({
  id: 'freeDomain',
  context: registers({ domain: 'ref', static: 'ref', info: 'ref', device: 'int', pgd: 'frame' }),
  initial: 'readIdentity',
  states: {
    readIdentity: run('get', { field: 'defaults.identity', of: 1 }, to('isIdentity', keep('static'))),
    isIdentity: choose(when(same('domain', 'static'), 'freed'), to('readTranslated')),
    readTranslated: run('get', { field: 'defaults.translated', of: 1 }, to('isTranslated', keep('static'))),
    isTranslated: choose(when(same('domain', 'static'), 'freed'), to('nextDevice')),
    nextDevice: run('next', { kind: 'info', field: 'info.domain', after: 0, value: reg('domain') }, [
      when(result(0), 'readRoot'),
      to('readDevice', keep('info')),
    ]),
    readDevice: run('get', { field: 'info.device', of: reg('info') }, to('removeDevice', keep('device'))),
    removeDevice: run('removeDevice', { device: reg('device') }, 'nextDevice'),
    readRoot: run('get', { field: 'domain.pgd', of: reg('domain') }, to('clearRoot', keep('pgd'))),
    clearRoot: run('clear', { field: 'domain.pgd', of: reg('domain') }, 'freeTables'),
    freeTables: run('freeRoot', { table: reg('pgd') }, 'tell'),
    tell: run('event', { machine: 'domain', event: 'FREE', id: reg('domain') }, 'destroy'),
    destroy: run('destroy', { kind: 'domain', of: reg('domain') }, 'freed'),
    freed: done,
  },
});
