import { read, store } from '../../vocabulary/make-step.js';
import type { Step, StepSet } from '../../vocabulary/step.js';
import { waitStep } from '../queue-steps.js';
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

function flush(command: number, inputs: readonly string[], says: string, pages: boolean): Step {
  return {
    ...store('flush', says, ['device', ...inputs], (world, device, tag, page, mask, hint) =>
      pages
        ? world.hardware.submit(command, device, -1, tag, page, mask, hint)
        : world.hardware.submit(command, device, -1, tag, 0, 31, 0),
    ),
    ready: (world) => (device) => world.hardware.canSubmit(device),
  };
}

/** What a driver of the toy can do to it. PASIDs are those on the wire, -1 for none. */
export const toySteps: StepSet = {
  setRoot: store('store', 'point the IOMMU to its routes', ['iommu', 'table'], (world, iommu, table) => {
    world.hardware.setRoot(iommu, table);
    return 0;
  }),
  storeRoute: store(
    'store',
    'set the route entry',
    ['device', 'pasid', 'asid', 'table'],
    (world, device, pasid, asid, table) => {
      const { ats, iommu } = world.shape.devices[device];
      const [low, high] = makeRoute(table, asid, ats ? ROUTE_ATS : 0);
      world.memory.store(world.hardware.root(iommu), routeIndex(device, pasid), low, high);
      return 0;
    },
  ),
  clearRoute: store('clear', 'clear the route entry', ['device', 'pasid'], (world, device, pasid) => {
    const root = world.hardware.root(world.shape.devices[device].iommu);
    world.memory.store(root, routeIndex(device, pasid), 0, 0);
    return 0;
  }),
  nextTable: read('read the upper entry', ['table', 'page'], (world, table, page) => {
    const at = page >>> 9;
    const low = world.memory.low(table, at);
    return (low & VALID) !== 0 ? frameOf(low, world.memory.high(table, at)) : 0;
  }),
  linkTable: store('store', 'link a table', ['table', 'page', 'child'], (world, table, page, child) => {
    const [low, high] = makeEntry(child, VALID | ENTRY_READ | ENTRY_WRITE);
    world.memory.store(table, page >>> 9, low, high);
    return 0;
  }),
  storePage: store(
    'store',
    'set the page entry',
    ['table', 'page', 'permission', 'frame'],
    (world, table, page, permission, frame) => {
      const [low, high] = makeEntry(frame, VALID | (permission << 1));
      world.memory.store(table, page & 511, low, high);
      return 0;
    },
  ),
  clearPage: store('clear', 'clear the page entry', ['table', 'page'], (world, table, page) => {
    world.memory.store(table, page & 511, 0, 0);
    return 0;
  }),
  flushRoutes: flush(TOY_COMMAND.route, [], 'forget the routes of the device', false),
  flushSpace: flush(TOY_COMMAND.space, ['tag'], 'forget the address space', false),
  flushPage: flush(TOY_COMMAND.page, ['tag', 'page', 'mask', 'hint'], 'forget the page', true),
  flushDevice: flush(TOY_COMMAND.device, [], 'empty the device-TLB', false),
  waitQueue: waitStep('wait until the flush is done'),
};
