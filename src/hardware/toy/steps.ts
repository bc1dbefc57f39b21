import type { StepContext } from '../../vocabulary/context.js';
import type { Step, StepKind, StepSet } from '../../vocabulary/step.js';
import {
  ENTRY_READ,
  ENTRY_WRITE,
  frameOf,
  makeEntry,
  makeRoute,
  ROUTE_ATS,
  routeIndex,
  VALID,
} from './entries.js';
import { TOY_COMMAND } from './index.js';

type Act = (world: StepContext, a: number, b: number, c: number, d: number, e: number) => number;

function step(kind: StepKind, inputs: readonly string[], says: string, act: Act): Step {
  const sight = kind === 'read' ? 'software' : 'hardware';
  return {
    kind,
    sight,
    inputs,
    skipped: 0,
    says,
    bind: (world) => (a, b, c, d, e) => act(world, a, b, c, d, e),
  };
}

function flush(command: number, inputs: readonly string[], says: string, pages: boolean): Step {
  return {
    ...step('flush', ['device', ...inputs], says, (world, device, tag, page, mask, hint) =>
      pages
        ? world.hardware.submit(command, device, -1, tag, page, mask, hint)
        : world.hardware.submit(command, device, -1, tag, 0, 31, 0),
    ),
    ready: (world) => (device) => world.hardware.canSubmit(device),
  };
}

/** What a driver of the toy can do to it. PASIDs are those on the wire, -1 for none. */
export const toySteps: StepSet = {
  setRoot: step('store', ['iommu', 'table'], 'point the IOMMU to its routes', (world, iommu, table) => {
    world.hardware.setRoot(iommu, table);
    return 0;
  }),
  storeRoute: step(
    'store',
    ['device', 'pasid', 'asid', 'table'],
    'set the route entry',
    (world, device, pasid, asid, table) => {
      const { ats, iommu } = world.shape.devices[device];
      const [low, high] = makeRoute(table, asid, ats ? ROUTE_ATS : 0);
      world.memory.store(world.hardware.root(iommu), routeIndex(device, pasid), low, high);
      return 0;
    },
  ),
  clearRoute: step('clear', ['device', 'pasid'], 'clear the route entry', (world, device, pasid) => {
    const root = world.hardware.root(world.shape.devices[device].iommu);
    world.memory.store(root, routeIndex(device, pasid), 0, 0);
    return 0;
  }),
  nextTable: step('read', ['table', 'page'], 'read the upper entry', (world, table, page) => {
    const at = page >>> 9;
    const low = world.memory.low(table, at);
    return (low & VALID) !== 0 ? frameOf(low, world.memory.high(table, at)) : 0;
  }),
  linkTable: step('store', ['table', 'page', 'child'], 'link a table', (world, table, page, child) => {
    const [low, high] = makeEntry(child, VALID | ENTRY_READ | ENTRY_WRITE);
    world.memory.store(table, page >>> 9, low, high);
    return 0;
  }),
  storePage: step(
    'store',
    ['table', 'page', 'permission', 'frame'],
    'set the page entry',
    (world, table, page, permission, frame) => {
      const [low, high] = makeEntry(frame, VALID | (permission << 1));
      world.memory.store(table, page & 511, low, high);
      return 0;
    },
  ),
  clearPage: step('clear', ['table', 'page'], 'clear the page entry', (world, table, page) => {
    world.memory.store(table, page & 511, 0, 0);
    return 0;
  }),
  flushRoutes: flush(TOY_COMMAND.route, [], 'forget the routes of the device', false),
  flushSpace: flush(TOY_COMMAND.space, ['tag'], 'forget the address space', false),
  flushPage: flush(TOY_COMMAND.page, ['tag', 'page', 'mask', 'hint'], 'forget the page', true),
  flushDevice: flush(TOY_COMMAND.device, [], 'empty the device-TLB', false),
  waitQueue: {
    kind: 'wait',
    inputs: ['device', 'ticket'],
    skipped: 0,
    says: 'wait until the flush is done',
    bind: () => () => 0,
    ready: (world) => (device, ticket) => world.hardware.hasCompleted(device, ticket),
  },
};
