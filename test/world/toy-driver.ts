import { toySteps } from '../../src/hardware/toy/steps.js';
import { VALID, frameOf } from '../../src/hardware/toy/entries.js';
import { procedure, reg, registers, result } from '../../src/statechart/procedure.js';
import { defineDriver, type DriverDefinition, type MendQuery } from '../../src/vocabulary/design.js';
import type { Step, StepSet } from '../../src/vocabulary/step.js';
import { attempt, done, failed, run, whether } from './toy-states.js';

/** Clear the first entry of a table; the outcome is the frame that it led to, 0 when there is none left. */
function taking(says: string): Step {
  return {
    kind: 'clear',
    sight: 'hardware',
    inputs: ['table'],
    skipped: 0,
    says,
    bind: (world) => (table) => {
      for (let i = 0; i < 512; i++) {
        const low = world.memory.low(table, i);
        if ((low & VALID) === 0) continue;
        const frame = frameOf(low, world.memory.high(table, i));
        world.memory.store(table, i, 0, 0);
        return frame;
      }
      return 0;
    },
  };
}

const steps: StepSet = {
  ...toySteps,
  deviceCount: {
    kind: 'other',
    inputs: [],
    skipped: 0,
    instant: true,
    bind: (world) => () => world.shape.devices.length,
  },
  mappedFrame: {
    kind: 'read',
    inputs: ['table', 'page'],
    skipped: 0,
    says: 'read the page entry',
    bind: (world) => (table, page) =>
      frameOf(world.memory.low(table, page & 511), world.memory.high(table, page & 511)),
  },
  unlinkTable: taking('unlink a table'),
  takePage: taking('take a page out'),
};

/** For every device: the step given, then on to `next` with the last ticket. */
function forEachDevice(step: string, given: Record<string, ReturnType<typeof reg> | number>, next: string) {
  return {
    countDevices: run('deviceCount', {}, 'anyDevice', 'count'),
    anyDevice: {
      always: [
        { guard: { type: 'same' as const, params: { left: 'device', right: 'count' } }, target: next },
        { target: 'eachDevice' },
      ],
    },
    eachDevice: {
      invoke: {
        ...run(step, given, 'anyDevice', 'ticket').invoke,
        onDone: {
          target: 'anyDevice',
          actions: [
            { type: 'keep' as const, params: { register: 'ticket' } },
            { type: 'add' as const, params: { register: 'device', value: 1 } },
          ],
        },
      },
    },
  };
}

/** What the driver can be made to get wrong, beside the flaw that its mend repairs. */
export type DriverFlaw =
  | 'no flush after detach'
  | 'flushes out of order'
  | 'route cleared before it is replaced'
  | 'page never stored'
  | 'pins kept'
  | 'identifier kept';

function procedures(mended: MendQuery, flaws: ReadonlySet<DriverFlaw>) {
  const flushesDevice = mended('flush-device');
  return [
    procedure.createMachine({
      id: 'boot',
      context: registers({ table: 'frame', device: 'int', count: 'int', ticket: 'int', errno: 'int' }),
      initial: 'allocate',
      states: {
        allocate: attempt('allocateTable', {}, { done: 'setRoot', error: 'failed', keep: 'table' }),
        setRoot: run('setRoot', { iommu: 0, table: reg('table') }, 'countDevices'),
        ...forEachDevice('enableDevice', { device: reg('device') }, 'done'),
        done,
        failed,
      },
    }),
    procedure.createMachine({
      id: 'enableDevice',
      context: registers({ device: 'int' }),
      initial: 'ats',
      states: {
        ats: run('setControl', { control: 'ats', device: reg('device'), on: 1 }, 'pasid'),
        pasid: run('setControl', { control: 'pasid', device: reg('device'), on: 1 }, 'pri'),
        pri: run('setControl', { control: 'pri', device: reg('device'), on: 1 }, 'done'),
        done,
      },
    }),
    procedure.createMachine({
      id: 'allocDomain',
      context: registers({ domain: 'ref', table: 'frame', asid: 'int', errno: 'int' }),
      output: result('domain'),
      initial: 'create',
      states: {
        create: attempt('create', { kind: 'domain' }, { done: 'allocate', error: 'failed', keep: 'domain' }),
        allocate: attempt('allocateTable', {}, { done: 'number', error: 'noTable', keep: 'table' }),
        number: attempt(
          'allocateId',
          { pool: 'did', low: 1, high: 4, owner: reg('domain') },
          { done: 'setTable', error: 'noNumber', keep: 'asid' },
        ),
        setTable: run('set', { field: 'domain.table', of: reg('domain'), value: reg('table') }, 'setNumber'),
        setNumber: run('set', { field: 'domain.asid', of: reg('domain'), value: reg('asid') }, 'tell'),
        tell: run('event', { machine: 'domain', event: 'CREATE', id: reg('domain') }, 'done'),
        noNumber: run('freeTable', { frame: reg('table') }, 'noTable'),
        noTable: run('destroy', { kind: 'domain', of: reg('domain') }, 'failed'),
        done,
        failed,
      },
    }),
    procedure.createMachine({
      id: 'freeDomain',
      context: registers({ domain: 'ref', table: 'frame', child: 'frame', frame: 'frame', asid: 'int' }),
      initial: 'readTable',
      states: {
        readTable: run('get', { field: 'domain.table', of: reg('domain') }, 'unlink', 'table'),
        unlink: run('unlinkTable', { table: reg('table') }, 'anyChild', 'child'),
        anyChild: whether('child', 0, 'freeRoot', flaws.has('pins kept') ? 'freeChild' : 'takePage'),
        ...(flaws.has('pins kept')
          ? {}
          : {
              takePage: run('takePage', { table: reg('child') }, 'anyPage', 'frame'),
              anyPage: whether('frame', 0, 'freeChild', 'unpin'),
              unpin: run('unpin', { frame: reg('frame') }, 'takePage'),
            }),
        freeChild: run('freeTable', { frame: reg('child') }, 'unlink'),
        freeRoot: run(
          'freeTable',
          { frame: reg('table') },
          flaws.has('identifier kept') ? 'tell' : 'readNumber',
        ),
        ...(flaws.has('identifier kept')
          ? {}
          : {
              readNumber: run('get', { field: 'domain.asid', of: reg('domain') }, 'putNumber', 'asid'),
              putNumber: run('releaseId', { pool: 'did', id: reg('asid') }, 'tell'),
            }),
        tell: run('event', { machine: 'domain', event: 'FREE', id: reg('domain') }, 'destroy'),
        destroy: run('destroy', { kind: 'domain', of: reg('domain') }, 'done'),
        done,
      },
    }),
    procedure.createMachine({
      id: 'mapPage',
      context: registers({
        domain: 'ref',
        page: 'int',
        frame: 'frame',
        permission: 'int',
        table: 'frame',
        child: 'frame',
        errno: 'int',
      }),
      initial: 'readTable',
      states: {
        readTable: run('get', { field: 'domain.table', of: reg('domain') }, 'readUpper', 'table'),
        readUpper: run('nextTable', { table: reg('table'), page: reg('page') }, 'isLinked', 'child'),
        isLinked: whether('child', 0, 'allocate', 'store'),
        allocate: attempt('allocateTable', {}, { done: 'link', error: 'failed', keep: 'child' }),
        link: run('linkTable', { table: reg('table'), page: reg('page'), child: reg('child') }, 'store'),
        store: flaws.has('page never stored')
          ? run('nextTable', { table: reg('table'), page: reg('page') }, 'done')
          : run(
              'storePage',
              { table: reg('child'), page: reg('page'), permission: reg('permission'), frame: reg('frame') },
              'done',
            ),
        done,
        failed,
      },
    }),
    procedure.createMachine({
      id: 'unmapPage',
      context: registers({
        domain: 'ref',
        page: 'int',
        table: 'frame',
        child: 'frame',
        asid: 'int',
        device: 'int',
        count: 'int',
        ticket: 'int',
        frame: 'frame',
      }),
      output: result('frame'),
      initial: 'readTable',
      states: {
        readTable: run('get', { field: 'domain.table', of: reg('domain') }, 'readUpper', 'table'),
        readUpper: run('nextTable', { table: reg('table'), page: reg('page') }, 'readPage', 'child'),
        readPage: run('mappedFrame', { table: reg('child'), page: reg('page') }, 'clear', 'frame'),
        clear: run('clearPage', { table: reg('child'), page: reg('page') }, 'readNumber'),
        readNumber: run('get', { field: 'domain.asid', of: reg('domain') }, 'flushPage', 'asid'),
        flushPage: run(
          'flushPage',
          { device: 0, tag: reg('asid'), page: reg('page'), mask: 0, hint: 1 },
          flushesDevice ? 'countDevices' : 'wait',
          'ticket',
        ),
        ...(flushesDevice ? forEachDevice('flushDevice', { device: reg('device') }, 'wait') : {}),
        wait: run('waitQueue', { device: 0, ticket: reg('ticket') }, 'done'),
        done,
      },
    }),
    procedure.createMachine({
      id: 'setRoute',
      context: registers({ device: 'int', pasid: 'int', domain: 'ref', table: 'frame', asid: 'int' }),
      initial: 'readTable',
      states: {
        readTable: run('get', { field: 'domain.table', of: reg('domain') }, 'readNumber', 'table'),
        readNumber: run('get', { field: 'domain.asid', of: reg('domain') }, 'store', 'asid'),
        store: run(
          'storeRoute',
          { device: reg('device'), pasid: reg('pasid'), asid: reg('asid'), table: reg('table') },
          'done',
        ),
        done,
      },
    }),
    procedure.createMachine({
      id: 'changeRoute',
      context: registers({ device: 'int', pasid: 'int', domain: 'ref', old: 'ref' }),
      initial: flaws.has('route cleared before it is replaced') ? 'clear' : 'set',
      states: {
        ...(flaws.has('route cleared before it is replaced')
          ? { clear: run('clearRoute', { device: reg('device'), pasid: reg('pasid') }, 'set') }
          : {}),
        set: run('setRoute', { device: reg('device'), pasid: reg('pasid'), domain: reg('domain') }, 'flush'),
        flush: run('flushRoute', { device: reg('device'), domain: reg('old') }, 'done'),
        done,
      },
    }),
    procedure.createMachine({
      id: 'endRoute',
      context: registers({ device: 'int', pasid: 'int', domain: 'ref' }),
      initial: 'clear',
      states: {
        clear: run(
          'clearRoute',
          { device: reg('device'), pasid: reg('pasid') },
          flaws.has('no flush after detach') ? 'done' : 'flush',
        ),
        ...(flaws.has('no flush after detach')
          ? {}
          : { flush: run('flushRoute', { device: reg('device'), domain: reg('domain') }, 'done') }),
        done,
      },
    }),
    /** What a route that was changed may have left in the caches: routes first, or the others fill again from them. */
    procedure.createMachine({
      id: 'flushRoute',
      context: registers({ device: 'int', domain: 'ref', asid: 'int', ticket: 'int' }),
      initial: 'flushRoutes',
      states: {
        flushRoutes: run(
          'flushRoutes',
          { device: reg('device') },
          flaws.has('flushes out of order') ? 'readNumber' : 'waitRoutes',
          'ticket',
        ),
        ...(flaws.has('flushes out of order')
          ? {}
          : { waitRoutes: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'readNumber') }),
        readNumber: run('get', { field: 'domain.asid', of: reg('domain') }, 'flushSpace', 'asid'),
        flushSpace: run('flushSpace', { device: reg('device'), tag: reg('asid') }, 'flushDevice', 'ticket'),
        flushDevice: run('flushDevice', { device: reg('device') }, 'wait', 'ticket'),
        wait: run('waitQueue', { device: reg('device'), ticket: reg('ticket') }, 'done'),
        done,
      },
    }),
  ];
}

/** A driver of the toy IOMMU, right when mended and without flaws. */
export function toyDriver(flaws: readonly DriverFlaw[] = []): DriverDefinition {
  return defineDriver({
    name: 'toy@test',
    title: 'Driver of the toy IOMMU',
    source: 'written for the tests',
    hardware: 'toy',
    objects: [
      {
        name: 'domain',
        fields: { table: 'frame', asid: 'int', users: 'int' },
        capacity: ({ spaces }) => spaces,
      },
    ],
    pools: { did: { low: 1, high: 4 } },
    steps,
    procedures: (mended) => procedures(mended, new Set(flaws)),
    mends: [
      {
        name: 'flush-device',
        flaw: 'unmap leaves the device-TLB as it is',
        repair: 'unmap empties the device-TLB of every device',
        source: 'written for the tests',
        causes: ['no-stale-iotlb:device-TLB entry:toy@test/unmapPage/clear'],
      },
    ],
    hitless: [{ from: 'paging', to: 'paging' }],
    boot: ['boot'],
  });
}
