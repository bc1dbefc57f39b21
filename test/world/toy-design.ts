import { type Argument, procedure, reg, registers, result } from '../../src/statechart/procedure.js';
import {
  BY_THE_WORLD,
  defineDesign,
  type BadCondition,
  type BadCall,
  type DesignDefinition,
  type OperationAnswer,
} from '../../src/vocabulary/design.js';
import { BAD_CONDITIONS } from '../../src/vocabulary/design.js';
import { ERRNO, type Errno } from '../../src/vocabulary/errno.js';
import { OPERATIONS, type OperationName } from '../../src/vocabulary/operations.js';
import type { StepSet } from '../../src/vocabulary/step.js';
import { attempt, done, failed, failing, run, whether } from './toy-states.js';

/** What the design can be made to get wrong; each makes one property fail. */
export type DesignFlaw =
  | 'maps everything writable'
  | 'looks at the domain after it is freed'
  | 'frees what is attached'
  | 'frees what is freed'
  | 'claims a device that is lent'
  | 'does not reset what is given back'
  | 'keeps the pin of a map that failed'
  | 'attaches one device of a group'
  | 'leaves requests open'
  | 'answers twice'
  | 'keeps its lock'
  | 'takes its lock twice'
  | 'answers with another errno'
  | 'answers as if nothing were left'
  | 'attaches nothing';

const steps: StepSet = {
  /** The domain that a route of a device is attached to; 0 for none. */
  readRoute: {
    kind: 'read',
    inputs: ['device', 'slot'],
    skipped: 0,
    bind: (world) => {
      const fields = [world.field('port.domain'), world.field('port.lent')];
      return (device, slot) => fields[slot].get(device + 1);
    },
  },
  readPasid: {
    kind: 'read',
    inputs: ['device'],
    skipped: 0,
    bind: (world) => {
      const pasid = world.field('port.pasid');
      return (device) => pasid.get(device + 1);
    },
  },
  writeRoute: {
    kind: 'store',
    inputs: ['device', 'slot', 'domain', 'pasid'],
    skipped: 0,
    bind: (world) => {
      const fields = [world.field('port.domain'), world.field('port.lent')];
      const number = world.field('port.pasid');
      return (device, slot, domain, pasid) => {
        fields[slot].set(device + 1, domain);
        if (slot > 0) number.set(device + 1, pasid);
        return 0;
      };
    },
  },
  /** Answer whatever the device still waits for on the route. */
  answerRequests: {
    kind: 'other',
    sight: 'hardware',
    inputs: ['device', 'pasid', 'times'],
    skipped: 0,
    bind: (world) => (device, pasid, times) => {
      const { pageRequests } = world.hardware;
      for (let request = 1; request <= world.shape.pageRequests; request++) {
        if (!pageRequests.anyOpen(device, Math.max(pasid, 0))) continue;
        for (let i = 0; i < times; i++) pageRequests.respond(request, 0);
        pageRequests.take(request);
      }
      return 0;
    },
  },
};

type Flaws = ReadonlySet<DesignFlaw>;

/** The lock that every call holds. */
const LOCK = { family: 'api', id: 0 };
const look = (next: string, register = 'domain', space = 'space') =>
  run('lookUpSpace', { space: reg(space) }, next, register);

/** How a procedure ends: well, or with the errno in its register. */
function ends(flaws: Flaws) {
  return {
    unlock: flaws.has('keeps its lock')
      ? run('readPasid', { device: 0 }, 'done')
      : run('unlock', LOCK, 'done'),
    done,
  };
}
const fails = { unlockFailed: run('unlock', LOCK, 'failed'), failed };

function lock(next: string, flaws: Flaws): Record<string, ReturnType<typeof run>> {
  if (!flaws.has('takes its lock twice')) return { lock: run('lock', LOCK, next) };
  return { lock: run('lock', LOCK, 'again'), again: run('lock', LOCK, next) };
}

/** PASID of a route: -1 for the RID, else the one that the slot was lent. */
function pasidOf(next: string) {
  return {
    whichRoute: whether('slot', 0, 'isRid', 'readPasid'),
    isRid: {
      always: [
        { actions: [{ type: 'set' as const, params: { register: 'pasid', value: -1 } }], target: next },
      ],
    },
    readPasid: run('readPasid', { device: reg('device') }, next, 'pasid'),
  };
}

const ROUTE: Readonly<Record<string, Argument>> = {
  device: reg('device'),
  pasid: reg('pasid'),
  domain: reg('domain'),
};
const SLOT: Readonly<Record<string, Argument>> = { device: reg('device'), slot: reg('slot') };

/** Where requests of a route that has been taken away are answered, before what comes next. */
function answering(flaws: Flaws, next: string) {
  return flaws.has('leaves requests open') ? next : 'answer';
}

function answerer(flaws: Flaws, next: string): Record<string, ReturnType<typeof run>> {
  if (flaws.has('leaves requests open')) return {};
  const times = flaws.has('answers twice') ? 2 : 1;
  return {
    answer: run('answerRequests', { device: reg('device'), pasid: reg('pasid'), times }, next),
  };
}

function spaces(flaws: Flaws) {
  const nothingLeft = flaws.has('answers as if nothing were left') ? ERRNO.ENOSPC : ERRNO.EBUSY;
  const inUse = flaws.has('answers with another errno') ? ERRNO.EINVAL : nothingLeft;
  return [
    procedure.createMachine({
      id: 'createSpace',
      context: registers({ kind: 'int', domain: 'ref', errno: 'int' }),
      output: result('domain'),
      initial: 'lock',
      states: {
        ...lock('allocate', flaws),
        allocate: attempt(
          'driver/allocDomain',
          {},
          { done: 'unlock', error: 'unlockFailed', keep: 'domain' },
        ),
        ...ends(flaws),
        ...fails,
      },
    }),
    procedure.createMachine({
      id: 'freeSpace',
      context: registers({ space: 'int', domain: 'ref', users: 'int', live: 'int' }),
      initial: 'look',
      states: {
        look: look('lock'),
        lock: run('lock', LOCK, 'isLive'),
        isLive: run('isLive', { kind: 'domain', of: reg('domain') }, 'isThere', 'live'),
        isThere: whether('live', 0, flaws.has('frees what is freed') ? 'unlock' : 'unlockGone', 'readUsers'),
        readUsers: run(
          'get',
          { field: 'domain.users', of: reg('domain') },
          flaws.has('frees what is attached') ? 'free' : 'isUsed',
          'users',
        ),
        ...(flaws.has('frees what is attached') ? {} : { isUsed: whether('users', 0, 'free', 'unlockUsed') }),
        free: run(
          'driver/freeDomain',
          { domain: reg('domain') },
          flaws.has('looks at the domain after it is freed') ? 'readAgain' : 'unlock',
        ),
        ...(flaws.has('looks at the domain after it is freed')
          ? { readAgain: run('get', { field: 'domain.users', of: reg('domain') }, 'unlock', 'users') }
          : {}),
        unlock: run('unlock', LOCK, 'done'),
        done,
        ...(flaws.has('frees what is attached')
          ? {}
          : { unlockUsed: run('unlock', LOCK, 'used'), used: failing(inUse) }),
        ...(flaws.has('frees what is freed')
          ? {}
          : { unlockGone: run('unlock', LOCK, 'gone'), gone: failing(ERRNO.ENOENT) }),
      },
    }),
    procedure.createMachine({
      id: 'map',
      context: registers({
        space: 'int',
        page: 'int',
        frame: 'int',
        permission: 'int',
        size: 'int',
        domain: 'ref',
        iova: 'int',
        physical: 'frame',
        errno: 'int',
      }),
      initial: 'lock',
      states: {
        ...lock('look', flaws),
        look: look('pin'),
        pin: attempt('pin', { frame: reg('frame') }, { done: 'page', error: 'unlockFailed' }),
        page: run('pageNumber', { page: reg('page') }, 'physical', 'iova'),
        physical: run('framePage', { frame: reg('frame'), size: reg('size') }, 'map', 'physical'),
        map: attempt(
          'driver/mapPage',
          {
            domain: reg('domain'),
            page: reg('iova'),
            frame: reg('physical'),
            permission: flaws.has('maps everything writable') ? 3 : reg('permission'),
          },
          {
            done: 'unlock',
            error: flaws.has('keeps the pin of a map that failed') ? 'unlockFailed' : 'unpin',
          },
        ),
        ...(flaws.has('keeps the pin of a map that failed')
          ? {}
          : { unpin: run('unpin', { frame: reg('physical') }, 'unlockFailed') }),
        ...ends(flaws),
        ...fails,
      },
    }),
    procedure.createMachine({
      id: 'unmap',
      context: registers({ space: 'int', page: 'int', domain: 'ref', iova: 'int', physical: 'frame' }),
      initial: 'lock',
      states: {
        ...lock('look', flaws),
        look: look('page'),
        page: run('pageNumber', { page: reg('page') }, 'unmap', 'iova'),
        unmap: run('driver/unmapPage', { domain: reg('domain'), page: reg('iova') }, 'unpin', 'physical'),
        unpin: run('unpin', { frame: reg('physical') }, 'unlock'),
        ...ends(flaws),
      },
    }),
  ];
}

function routes(flaws: Flaws) {
  const one = flaws.has('attaches one device of a group');
  return [
    procedure.createMachine({
      id: 'attach',
      context: registers({
        device: 'int',
        slot: 'int',
        space: 'int',
        domain: 'ref',
        pasid: 'int',
        given: 'int',
        errno: 'int',
      }),
      output: result('given'),
      initial: 'lock',
      states: {
        ...lock(flaws.has('attaches nothing') ? 'refuse' : 'look', flaws),
        ...(flaws.has('attaches nothing')
          ? { refuse: run('unlock', LOCK, 'unable'), unable: failing(ERRNO.ENODEV) }
          : {}),
        look: look('whichRoute'),
        whichRoute: whether('slot', 0, 'isRid', 'takePasid'),
        isRid: {
          always: [{ actions: [{ type: 'set', params: { register: 'pasid', value: -1 } }], target: 'write' }],
        },
        takePasid: attempt(
          'allocateId',
          { pool: 'pasid', low: 1, high: 6, owner: reg('domain') },
          { done: 'give', error: 'unlockFailed', keep: 'pasid' },
        ),
        give: {
          always: [{ actions: [{ type: 'copy', params: { from: 'pasid', to: 'given' } }], target: 'write' }],
        },
        write: run('writeRoute', { ...SLOT, domain: reg('domain'), pasid: reg('pasid') }, 'use'),
        use: run('increment', { field: 'domain.users', of: reg('domain') }, 'tell'),
        tell: run('event', { machine: 'domain', event: 'ATTACH', id: reg('domain') }, 'setRoute'),
        setRoute: run('driver/setRoute', ROUTE, 'unlock'),
        ...ends(flaws),
        ...fails,
      },
    }),
    procedure.createMachine({
      id: 'attachGroup',
      context: registers({
        device: 'int',
        slot: 'int',
        space: 'int',
        domain: 'ref',
        member: 'int',
        count: 'int',
      }),
      initial: 'lock',
      states: {
        ...lock('look', flaws),
        look: look(one ? 'attachOne' : 'members'),
        ...(one
          ? {
              attachOne: run(
                'driver/setRoute',
                { device: reg('device'), pasid: -1, domain: reg('domain') },
                'unlock',
              ),
            }
          : {
              members: run('memberCount', {}, 'anyMember', 'count'),
              anyMember: {
                always: [
                  {
                    guard: { type: 'same' as const, params: { left: 'member', right: 'count' } },
                    target: 'unlock',
                  },
                  { target: 'attachMember' },
                ],
              },
              attachMember: {
                invoke: {
                  ...run(
                    'driver/setRoute',
                    { device: reg('member'), pasid: -1, domain: reg('domain') },
                    'anyMember',
                  ).invoke,
                  onDone: {
                    target: 'anyMember',
                    actions: [{ type: 'add' as const, params: { register: 'member', value: 1 } }],
                  },
                },
              },
            }),
        ...ends(flaws),
      },
    }),
    procedure.createMachine({
      id: 'detach',
      context: registers({ device: 'int', slot: 'int', domain: 'ref', pasid: 'int' }),
      initial: 'lock',
      states: {
        ...lock('readRoute', flaws),
        readRoute: run('readRoute', SLOT, 'whichRoute', 'domain'),
        ...pasidOf('endRoute'),
        endRoute: run('driver/endRoute', ROUTE, answering(flaws, 'write')),
        ...answerer(flaws, 'write'),
        write: run('writeRoute', { ...SLOT, domain: 0, pasid: 0 }, 'unuse'),
        unuse: run('decrement', { field: 'domain.users', of: reg('domain') }, 'tell'),
        tell: run('event', { machine: 'domain', event: 'DETACH', id: reg('domain') }, 'whichNumber'),
        whichNumber: whether('slot', 0, 'unlock', 'putPasid'),
        putPasid: run('releaseId', { pool: 'pasid', id: reg('pasid') }, 'unlock'),
        ...ends(flaws),
      },
    }),
    procedure.createMachine({
      id: 'respond',
      context: registers({ device: 'int' }),
      initial: 'lock',
      states: {
        ...lock('answer', flaws),
        answer: run('answerRequests', { device: reg('device'), pasid: -1, times: 1 }, 'unlock'),
        ...ends(flaws),
      },
    }),
    procedure.createMachine({
      id: 'replace',
      context: registers({
        device: 'int',
        slot: 'int',
        space: 'int',
        domain: 'ref',
        old: 'ref',
        pasid: 'int',
      }),
      output: result('pasid'),
      initial: 'lock',
      states: {
        ...lock('look', flaws),
        look: look('readRoute'),
        readRoute: run('readRoute', SLOT, 'whichRoute', 'old'),
        ...pasidOf('write'),
        write: run('writeRoute', { ...SLOT, domain: reg('domain'), pasid: reg('pasid') }, 'use'),
        use: run('increment', { field: 'domain.users', of: reg('domain') }, 'tell'),
        tell: run('event', { machine: 'domain', event: 'ATTACH', id: reg('domain') }, 'change'),
        change: run('driver/changeRoute', { ...ROUTE, old: reg('old') }, answering(flaws, 'unuse')),
        ...answerer(flaws, 'unuse'),
        unuse: run('decrement', { field: 'domain.users', of: reg('old') }, 'tellOld'),
        tellOld: run('event', { machine: 'domain', event: 'DETACH', id: reg('old') }, 'isPasid'),
        isPasid: whether('slot', 0, 'noPasid', 'unlock'),
        noPasid: {
          always: [{ actions: [{ type: 'set', params: { register: 'pasid', value: 0 } }], target: 'unlock' }],
        },
        ...ends(flaws),
      },
    }),
  ];
}

/** Nested spaces, as an IOMMU without a second stage has them: the route translates by the parent, the guest's tables by software. */
function nesting(flaws: Flaws) {
  return [
    procedure.createMachine({
      id: 'createNested',
      context: registers({ kind: 'int', parent: 'int', domain: 'ref', on: 'ref', errno: 'int' }),
      output: result('domain'),
      initial: 'lock',
      states: {
        ...lock('allocate', flaws),
        allocate: attempt(
          'driver/allocDomain',
          {},
          { done: 'whichKind', error: 'unlockFailed', keep: 'domain' },
        ),
        whichKind: whether('kind', 1, 'look', 'unlock'),
        look: look('setParent', 'on', 'parent'),
        setParent: run('set', { field: 'nest.parent', of: 1, value: reg('on') }, 'unlock'),
        ...ends(flaws),
        ...fails,
      },
    }),
    procedure.createMachine({
      id: 'bindNested',
      context: registers({ device: 'int', slot: 'int', space: 'int', parent: 'ref' }),
      initial: 'lock',
      states: {
        ...lock('readParent', flaws),
        readParent: run('get', { field: 'nest.parent', of: 1 }, 'setRoute', 'parent'),
        setRoute: run(
          'driver/setRoute',
          { device: reg('device'), pasid: -1, domain: reg('parent') },
          'unlock',
        ),
        ...ends(flaws),
      },
    }),
  ];
}

function ownership(flaws: Flaws) {
  const lent = flaws.has('claims a device that is lent');
  return [
    procedure.createMachine({
      id: 'claimOwner',
      context: registers({ device: 'int', domain: 'ref' }),
      initial: 'lock',
      states: {
        ...lock('readLent', flaws),
        readLent: run('readRoute', { device: reg('device'), slot: 1 }, lent ? 'unlock' : 'isLent', 'domain'),
        ...(lent
          ? {}
          : {
              isLent: whether('domain', 0, 'unlock', 'unlockLent'),
              unlockLent: run('unlock', LOCK, 'busy'),
              busy: failing(ERRNO.EBUSY),
            }),
        ...ends(flaws),
      },
    }),
    procedure.createMachine({
      id: 'releaseOwner',
      context: registers({ device: 'int' }),
      initial: 'lock',
      states: {
        ...lock(flaws.has('does not reset what is given back') ? 'unlock' : 'reset', flaws),
        ...(flaws.has('does not reset what is given back')
          ? {}
          : {
              reset: run('resetDevice', { device: reg('device') }, 'enable'),
              enable: run('driver/enableDevice', { device: reg('device') }, 'unlock'),
            }),
        ...ends(flaws),
      },
    }),
  ];
}

const REFUSED: Partial<Record<OperationName, Partial<Record<BadCondition, Errno>>>> = {
  freeSpace: { spaceInUse: 'EBUSY' },
  map: { foreignFrame: 'EFAULT' },
  claimOwner: { inUse: 'EBUSY' },
};
const SHORTAGE: Partial<Record<OperationName, readonly Errno[]>> = {
  createSpace: ['ENOSPC'],
  attach: ['ENOSPC'],
  freeSpace: ['ENOSPC'],
};
const BUSY: Partial<Record<OperationName, readonly Errno[]>> = { freeSpace: ['ENOENT'] };

/** Bad calls are refused where the design says so; the others its callers cannot make. */
function answer(name: OperationName, procedureName: string): OperationAnswer {
  const refuses: Partial<Record<BadCondition, BadCall>> = {};
  for (const condition of BAD_CONDITIONS) {
    const errno = REFUSED[name]?.[condition];
    refuses[condition] = errno ? { errno } : { unsayable: 'the test does not make such calls' };
  }
  return {
    procedure: procedureName,
    api: name,
    refuses,
    shortage: SHORTAGE[name],
    withoutPri: ['ENODEV'],
    busy: BUSY[name],
  };
}

export interface ToyChoice {
  readonly flaws?: readonly DesignFlaw[];
  readonly scope?: 'group' | 'device';
  /** Routes are nested instead of attached. */
  readonly nests?: boolean;
  /** Devices can be reset. */
  readonly resets?: boolean;
  /** Anybody may answer the page requests of a device's RID. */
  readonly responds?: boolean;
}

/** A small design with one lock. It is right, unless it is given flaws. */
export function toyDesign({
  flaws = [],
  scope = 'device',
  nests = false,
  resets = false,
  responds = false,
}: ToyChoice = {}): DesignDefinition {
  const set = new Set(flaws);
  const made: Partial<Record<OperationName, string>> = {
    createSpace: nests ? 'createNested' : 'createSpace',
    freeSpace: 'freeSpace',
    map: 'map',
    unmap: 'unmap',
    attach: scope === 'group' ? 'attachGroup' : 'attach',
    detach: 'detach',
    replace: 'replace',
    claimOwner: 'claimOwner',
    releaseOwner: 'releaseOwner',
    ...(nests ? { bindNested: 'bindNested' } : {}),
    ...(resets ? { reset: 'releaseOwner' } : {}),
    ...(responds ? { respond: 'respond' } : {}),
  };
  const world: readonly OperationName[] = ['dma', 'prefetch', 'pageRequest', 'allocFrame', 'freeFrame'];
  const answerTo = (name: OperationName): OperationAnswer => {
    const own = made[name];
    if (own !== undefined) return answer(name, own);
    return world.includes(name) ? BY_THE_WORLD : { cannot: 'the test has no use for it' };
  };
  const names = Object.keys(OPERATIONS) as OperationName[];
  return defineDesign({
    name: 'toy-design',
    title: 'A design for the toy IOMMU',
    source: 'written for the tests',
    driver: 'toy@test',
    objects: [
      {
        name: 'port',
        one: 'device',
        fields: { domain: 'ref', lent: 'ref', pasid: 'int' },
        capacity: ({ devices }) => devices,
      },
      { name: 'nest', one: 'world', fields: { parent: 'ref' }, capacity: () => 1 },
    ],
    pools: { pasid: { low: 1, high: 6 } },
    steps: {
      ...steps,
      memberCount: {
        kind: 'other',
        inputs: [],
        skipped: 0,
        instant: true,
        bind: (context) => () => context.shape.devices.length,
      },
    },
    procedures: () => [...spaces(set), ...routes(set), ...ownership(set), ...nesting(set)],
    operations: Object.fromEntries(names.map((name) => [name, answerTo(name)])) as Record<
      OperationName,
      OperationAnswer
    >,
    mends: [],
    pasidChosenBy: 'design',
    userDefault: 'blocked',
    attachScope: scope,
    slots: 'always',
  });
}
