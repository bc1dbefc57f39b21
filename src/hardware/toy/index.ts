import {
  type Architecture,
  type BoundArchitecture,
  type CacheKind,
  type CommandSpec,
  type DeviceView,
  type MemoryView,
  ROW,
  type RowSink,
} from '../../vocabulary/architecture.js';
import type { WorldShape } from '../../vocabulary/shape.js';
import { flightByLeaf, translatedFlight } from '../flights.js';
import {
  asidOf,
  frameOf,
  LEVEL_BITS,
  permissionOf,
  ROUTE_ATS,
  ROUTES,
  routeIndex,
  VALID,
} from './entries.js';

const KINDS = [
  {
    name: 'route',
    role: 'config',
    title: 'route-cache entry',
    section: 'routes',
    joins: ['page', 'device-tlb'],
  },
  { name: 'table', role: 'structure', title: 'table-cache entry', section: 'tables' },
  { name: 'page', role: 'leaf', title: 'TLB entry', section: 'tables' },
  { name: 'device-tlb', role: 'device', title: 'device-TLB entry', section: 'devices' },
  { name: 'flight', role: 'flight', title: 'access in flight', section: 'devices' },
  {
    name: 'flight-translated',
    role: 'flight',
    title: 'translated access in flight',
    section: 'devices',
    isTranslated: true,
  },
] as const satisfies readonly CacheKind[];
const ROUTE = 0;
const TABLE = 1;
const PAGE = 2;
const DEVICE_TLB = 3;
const FLIGHT = 4;
const FLIGHT_TRANSLATED = 5;

const COMMANDS = [
  { name: 'route', title: 'forget the routes of a device', section: 'commands', covers: { route: ['rid'] } },
  {
    name: 'space',
    title: 'forget an address space',
    section: 'commands',
    covers: { table: ['tag'], page: ['tag'], flight: ['tag'] },
  },
  {
    name: 'page',
    title: 'forget a page of an address space',
    section: 'commands',
    covers: { table: ['tag', 'range', 'leafOnly'], page: ['tag', 'range'], flight: ['tag', 'range'] },
  },
  {
    name: 'device',
    title: 'empty the device-TLB',
    section: 'commands',
    covers: { 'device-tlb': ['rid', 'range'], 'flight-translated': ['rid', 'range'] },
  },
  { name: 'sync', title: 'wait for all before', section: 'commands', covers: {} },
] as const satisfies readonly CommandSpec[];

/** The numbers of the toy's commands. */
export const TOY_COMMAND = { route: 0, space: 1, page: 2, device: 3, sync: 4 } as const;

/** `attributes` of a route row beside the permission: the device may keep translations. `extra` is the PASID it serves. */
const MAY_KEEP = 1 << 2;
const TWO_LEVELS = 2 * LEVEL_BITS;
/** Its one reason to fault: no entry that permits the access. */
const FAULT = 1;

class ToyClosure implements BoundArchitecture {
  constructor(
    private readonly shape: WorldShape,
    private readonly memory: MemoryView,
    private readonly devices: DeviceView,
  ) {}

  routes(device: number, sink: RowSink): void {
    const { memory } = this;
    const root = memory.root(this.shape.devices[device].iommu);
    for (let pasid = -1; pasid < ROUTES - 1; pasid++) {
      const at = routeIndex(device, pasid);
      const low = memory.low(root, at);
      if ((low & VALID) === 0) continue;
      const attributes = 3 | ((low & ROUTE_ATS) !== 0 ? MAY_KEEP : 0);
      const table = frameOf(low, memory.high(root, at));
      sink(ROUTE, device, pasid, asidOf(low), 0, TWO_LEVELS, table, attributes, pasid);
    }
  }

  next(row: ArrayLike<number>, at: number, sink: RowSink): void {
    const kind = row[at + ROW.kind];
    if (kind === ROUTE) {
      const owner = ~this.shape.devices[row[at + ROW.device]].iommu;
      this.table(owner, row, at, LEVEL_BITS, TABLE, sink);
    } else if (kind === TABLE) {
      this.table(row[at + ROW.device], row, at, 0, PAGE, sink);
    }
  }

  private table(
    owner: number,
    row: ArrayLike<number>,
    at: number,
    size: number,
    kind: number,
    sink: RowSink,
  ): void {
    const { memory } = this;
    const frame = row[at + ROW.frame];
    if (frame >= memory.frames) return;
    for (let i = memory.nextUsed(frame, 0); i < 512; i = memory.nextUsed(frame, i + 1)) {
      const low = memory.low(frame, i);
      const permission = row[at + ROW.attributes] & permissionOf(low);
      if ((low & VALID) === 0 || permission === 0) continue;
      const page = row[at + ROW.page] + (i << size);
      sink(
        kind,
        owner,
        -1,
        row[at + ROW.tag],
        page,
        size,
        frameOf(low, memory.high(frame, i)),
        permission,
        0,
      );
    }
  }

  reach(one: ArrayLike<number>, at: number, other: ArrayLike<number>, otherAt: number, sink: RowSink): void {
    const device = one[at + ROW.device];
    const request = one[at + ROW.extra];
    const mayKeep = (one[at + ROW.attributes] & MAY_KEEP) !== 0;
    if (other[otherAt + ROW.kind] === DEVICE_TLB) {
      if (mayKeep && other[otherAt + ROW.extra] === request)
        translatedFlight(FLIGHT_TRANSLATED, one, at, other, otherAt, sink);
      return;
    }
    if (!this.feeds(one, at, other, otherAt)) return;
    if (request >= 0 && !this.devices.control(device, 'pasid')) return;
    const kept = mayKeep && this.devices.control(device, 'ats') ? DEVICE_TLB : -1;
    const permission = other[otherAt + ROW.attributes] & 3;
    flightByLeaf(FLIGHT, kept, device, request, permission, request, other, otherAt, sink);
  }

  feeds(config: ArrayLike<number>, at: number, member: ArrayLike<number>, memberAt: number): boolean {
    const kind = member[memberAt + ROW.kind];
    if (config[at + ROW.kind] !== ROUTE || (kind !== TABLE && kind !== PAGE)) return false;
    return (
      config[at + ROW.tag] === member[memberAt + ROW.tag] &&
      this.shape.devices[config[at + ROW.device]].iommu === ~member[memberAt + ROW.device]
    );
  }

  faultOf(row: ArrayLike<number>, at: number, pasid: number, page: number, permission: number): number {
    if (row[at + ROW.kind] !== ROUTE || row[at + ROW.extra] !== pasid) return 0;
    const { memory } = this;
    let frame = row[at + ROW.frame];
    for (let shift = LEVEL_BITS; shift >= 0; shift -= LEVEL_BITS) {
      if (frame >= memory.frames || page >>> TWO_LEVELS !== 0) return FAULT;
      const low = memory.low(frame, (page >>> shift) & 511);
      if ((low & VALID) === 0 || (permission & ~permissionOf(low)) !== 0) return FAULT;
      frame = frameOf(low, memory.high(frame, (page >>> shift) & 511));
    }
    return 0;
  }
}

/** A second architecture that exists to keep the first from leaking: see `entries.ts`. */
export const toy: Architecture = {
  name: 'toy',
  title: 'Toy IOMMU of two-level tables',
  modes: [
    { name: 'table', format: 'two levels', stages: 'first', pasid: false },
    { name: 'table-pasid', format: 'two levels', stages: 'first', pasid: true },
  ],
  kinds: KINDS,
  commands: COMMANDS,
  order: { device: ['space', 'page'], sync: COMMANDS.map((command) => command.name) },
  bind: (shape, memory, devices) => new ToyClosure(shape, memory, devices),
};
