import { isWithin } from '../hardware/span.js';
import { IDENTITY, ROW } from '../vocabulary/architecture.js';
import type { ReachRow, ReturnedCall, StaleRow, WorldView } from '../vocabulary/property.js';
import { EVENTS } from '../vocabulary/property.js';
import { dataFrameOf } from './authority.js';
import { BLAME, exemptOf, guestSpaceOf, isGuestBlame, isRefilled, ORIGIN, originOf } from './ledger.js';
import type { World } from './world.js';
import { SPACE_KINDS } from '../vocabulary/operations.js';

/** What properties read of a world after a step. */
export class View implements WorldView {
  private incremental = true;
  private readonly row: ReachRow = {
    device: 0,
    slot: 0,
    page: 0,
    size: 0,
    frame: 0,
    permission: 0,
    kind: '',
    stale: false,
    origin: '',
  };
  private readonly staleRow: StaleRow = {
    device: 0,
    pasid: 0,
    tag: 0,
    page: 0,
    size: 0,
    frame: 0,
    kind: '',
    blame: -2,
    space: -1,
    exempt: 0,
    origin: '',
  };
  private readonly titles: readonly string[];
  private readonly reaches: readonly boolean[];

  constructor(private readonly world: World) {
    const { kinds } = world.architecture;
    this.titles = kinds.map((kind) => kind.title);
    this.reaches = kinds.map((kind) => kind.role === 'flight' || kind.role === 'device');
  }

  begin(incremental: boolean): void {
    this.incremental = incremental;
  }

  get shape() {
    return this.world.shape;
  }

  forEachReach(visit: (row: ReachRow) => void): void {
    const { ledger, events } = this.world;
    // When entitlement changed, or everything is asked for, all of C counts; else what this step brought in.
    if (!this.incremental || (events & EVENTS.authority) !== 0) {
      for (let i = ledger.memoryCount - 1; i >= 0; i--) this.visitReach(ledger.memoryAt(i), false, visit);
      for (let i = ledger.staleCount - 1; i >= 0; i--) this.visitReach(ledger.staleAt(i), true, visit);
      return;
    }
    for (const place of ledger.fresh) {
      if (place >= 0) this.visitReach(ledger.memoryAt(place), false, visit);
      else this.visitReach(ledger.staleAt(~place), true, visit);
    }
  }

  private visitReach(at: number, stale: boolean, visit: (row: ReachRow) => void): void {
    const { world, row } = this;
    const { words } = world;
    if (!this.reaches[words[at + ROW.kind]]) return;
    const device = words[at + ROW.device];
    // A device that is pulled out makes no request.
    if (!world.machine.isPresent(device)) return;
    const request = words[at + ROW.extra];
    // A slot without label emits nothing, whatever hardware makes of PASID 0.
    if (request === 0) return;
    for (let slot = 0; slot <= world.shape.devices[device].slots; slot++) {
      if (world.label(device, slot) !== request) continue;
      row.device = device;
      row.slot = slot;
      row.page = words[at + ROW.page];
      row.size = words[at + ROW.size];
      row.frame = words[at + ROW.frame];
      row.permission = words[at + ROW.attributes] & 3;
      row.kind = this.titleAt(at, stale);
      row.stale = stale;
      row.origin = stale && !this.isMetByReturn(at) ? this.originAt(at) : world.originNow;
      visit(row);
    }
  }

  /**
   * Whether a call has just returned and the entry is stale by another, which is open and may yet flush it: what the route may reach
   * has shrunk by the return, and where that call stands is at fault.
   */
  private isMetByReturn(at: number): boolean {
    const { returned, words, agentStates } = this.world;
    const blame = words[at + BLAME];
    if (returned === undefined || blame === 0 || isGuestBlame(blame)) return false;
    return blame - 1 !== returned.agent && !agentStates.isIdle(blame - 1);
  }

  /** Stale members, but those that are a guest's own affair. */
  forEachStale(visit: (row: StaleRow) => void): void {
    const { world, staleRow: row } = this;
    const { ledger, words } = world;
    for (let i = 0; i < ledger.staleCount; i++) {
      const at = ledger.staleAt(i);
      if (ledger.isStillTrue(at)) continue;
      row.device = words[at + ROW.device];
      row.pasid = words[at + ROW.pasid];
      row.tag = words[at + ROW.tag];
      row.page = words[at + ROW.page];
      row.size = words[at + ROW.size];
      row.frame = words[at + ROW.frame];
      row.kind = this.titleAt(at, true);
      const blame = words[at + BLAME];
      const isGuests = isGuestBlame(blame);
      if (!isGuests && world.bound.isGuests?.(words, at)) continue;
      row.blame = isGuests ? -1 : blame === 0 ? -2 : blame - 1;
      row.space = isGuests ? guestSpaceOf(blame) : -1;
      row.exempt = isGuests ? exemptOf(blame) : 0;
      row.origin = this.originAt(at);
      visit(row);
    }
  }

  /** Where the procedure stood that made the entry stale. */
  private originAt(at: number): string {
    const { words } = this.world;
    const point = originOf(words[at + ORIGIN]) - 1;
    if (point >= 0) return this.world.pointName(point);
    // What has no procedure stands nowhere.
    return isGuestBlame(words[at + BLAME]) ? 'guestWrite' : 'hardware';
  }
  private titleAt(at: number, stale: boolean): string {
    const title = this.titles[this.world.words[at + ROW.kind]];
    return stale && this.wasRefilled(at) ? `refilled ${title}` : title;
  }

  /** Whether a device has a translation again that was taken from it before what it was made from, which is gone since. */
  private wasRefilled(at: number): boolean {
    const { ledger, words, architecture } = this.world;
    if (!isRefilled(words[at + ORIGIN])) return false;
    const kind = words[at + ROW.kind];
    if (ledger.roleOf(kind) !== 'device' && architecture.kinds[kind].isTranslated !== true) return false;
    for (let i = 0; i < ledger.staleCount; i++) {
      const other = ledger.staleAt(i);
      if (
        ledger.roleOf(words[other + ROW.kind]) === 'leaf' &&
        isWithin(words[at + ROW.page], words[other + ROW.page], words[other + ROW.size])
      )
        return false;
    }
    return true;
  }

  mayReach(device: number, slot: number, page: number, physical: number, permission: number): boolean {
    return this.world.authority.mayReach(device, slot, page, physical, permission);
  }
  mayReachAll(device: number, slot: number): boolean {
    return this.world.authority.mayIdentity(device, slot);
  }
  mayBeContained(device: number, slot: number, physical: number, permission: number): boolean {
    return this.world.authority.mayBeContained(device, slot, physical, permission);
  }
  isNested(device: number, slot: number): boolean {
    return this.world.authority.isNested(device, slot);
  }

  forEachMust(
    visit: (device: number, slot: number, page: number, must: number, has: number, settled: boolean) => void,
  ): void {
    const { world } = this;
    const { shape, authority } = world;
    for (let device = 0; device < shape.devices.length; device++) {
      if (world.isBeingReset(device)) continue;
      for (let slot = 0; slot <= shape.devices[device].slots; slot++) {
        const request = world.label(device, slot);
        if (request === 0) continue;
        for (let page = 0; page < shape.pages.length; page++) {
          const must = authority.mustPermission(device, slot, page);
          if (must === 0) continue;
          visit(
            device,
            slot,
            page,
            must,
            this.reachable(device, request, shape.pages[page]),
            authority.attachmentSettled(device, slot),
          );
        }
      }
    }
  }

  /** Permissions with which memory lets the route reach something at the page. */
  private reachable(device: number, request: number, page: number): number {
    const { ledger, words } = this.world;
    let permission = 0;
    for (let i = 0; i < ledger.memoryCount; i++) {
      const at = ledger.memoryAt(i);
      if (
        ledger.roleOf(words[at]) !== 'flight' ||
        words[at + ROW.device] !== device ||
        words[at + ROW.extra] !== request
      )
        continue;
      if (isWithin(page, words[at + ROW.page], words[at + ROW.size]))
        permission |= words[at + ROW.attributes] & 3;
    }
    return permission;
  }

  ownerOf(physical: number): number {
    const { world } = this;
    if (physical === IDENTITY) return -1;
    const frame = dataFrameOf(physical, world.shape.frames);
    return frame < 0 ? -1 : world.machine.ram.owner(frame + 1) - 2;
  }
  programmers(device: number): number {
    return this.world.machine.programmers(device);
  }
  inEveryOrder(holds: (order: number) => boolean): boolean {
    for (let order = this.world.authority.count - 1; order >= 0; order--) if (!holds(order)) return false;
    return true;
  }
  deviceOwner(order: number, device: number): number {
    return this.world.authority.owner(order, device);
  }
  attachedOwner(order: number, device: number, slot: number): number {
    const { authority } = this.world;
    const space = authority.attached(order, device, slot);
    return space < 0 ? -1 : authority.spaceOwner(order, space);
  }

  groupIsQuiet(group: number): boolean {
    const { world } = this;
    for (let agent = 0; agent < world.firstDeclared; agent++) {
      if (world.agentStates.isIdle(agent)) continue;
      const name = world.operationOf(agent);
      if (!('device' in name.arguments)) continue;
      if (world.shape.devices[world.agentStates.arg(agent, 0)].group === group) return false;
    }
    return true;
  }

  translationOf(device: number): string {
    const { ledger, words } = this.world;
    const rows: string[] = [];
    for (let i = 0; i < ledger.memoryCount; i++) {
      const at = ledger.memoryAt(i);
      if (
        ledger.roleOf(words[at]) !== 'flight' ||
        words[at + ROW.device] !== device ||
        words[at + ROW.extra] !== -1
      )
        continue;
      rows.push(
        `${words[at + ROW.page]}+${words[at + ROW.size]}:${words[at + ROW.frame]}:${words[at + ROW.attributes] & 3}`,
      );
    }
    // A device with ATS reaches the same in two ways.
    return [...new Set(rows)].sort().join(' ');
  }

  get returned(): ReturnedCall | undefined {
    return this.world.returned;
  }
  get released() {
    return this.world.releasedNow;
  }
  get given() {
    return this.world.givenNow;
  }

  heldBy(what: 'frame' | 'tag' | 'pasid' | 'space', id: number): string {
    const { ledger, words } = this.world;
    const holds = (at: number): boolean => {
      const kind = words[at + ROW.kind];
      // A not-present result leads nowhere. Who meets it later cannot reach what is mapped, and that is judged there.
      if (ledger.roleOf(kind) === 'absent') return false;
      if (what === 'tag') return words[at + ROW.tag] === id;
      const { extraIsFrame, pasidIsSpace } = this.world.architecture.kinds[kind];
      if (what === 'space') return pasidIsSpace === true && words[at + ROW.pasid] === id;
      if (what === 'pasid')
        return (
          (pasidIsSpace !== true && words[at + ROW.pasid] === id) ||
          (this.reaches[kind] && words[at + ROW.extra] === id)
        );
      const frame = words[at + ROW.frame];
      if (frame === IDENTITY) return false;
      if (extraIsFrame && words[at + ROW.extra] === id) return true;
      return this.leadsTo(kind, frame, words[at + ROW.size], id);
    };
    // The order of rows is no part of a state, so it must not decide which kind is named.
    const none = this.titles.length;
    let first = none;
    let isRefilled = true;
    for (let i = 0; i < ledger.staleCount; i++) {
      const at = ledger.staleAt(i);
      if (words[at] > first || !holds(at)) continue;
      isRefilled = this.wasRefilled(at) && (isRefilled || words[at] < first);
      first = words[at];
    }
    if (first < none) return isRefilled ? `refilled ${this.titles[first]}` : this.titles[first];
    for (let i = 0; i < ledger.memoryCount; i++)
      if (holds(ledger.memoryAt(i))) first = Math.min(first, words[ledger.memoryAt(i)]);
    return this.titles[first] ?? '';
  }

  private leadsTo(kind: number, frame: number, size: number, id: number): boolean {
    const role = this.world.ledger.roleOf(kind);
    if (role === 'leaf' || role === 'device' || role === 'flight')
      return id >= frame && id < frame + 2 ** size;
    return frame === id;
  }

  get misuses() {
    return this.world.misuses;
  }
  get refusedEvents() {
    return this.world.refusedEvents;
  }
  get isFreeingUnused(): boolean {
    return this.world.isFreeingUnused();
  }
  get leaks() {
    return this.world.leaks();
  }
  get requestFaults() {
    return this.world.requestFaults;
  }
  get faultedAccess() {
    return this.world.faultedAccess;
  }
  get stuckAgents() {
    return this.world.stuckAgents();
  }
  get isStuck(): boolean {
    return (this.world.events & EVENTS.stuck) !== 0;
  }
  get isReachChange(): boolean {
    return !this.incremental || (this.world.events & (EVENTS.reach | EVENTS.authority)) !== 0;
  }
  isPlugged(order: number, device: number): boolean {
    return this.world.authority.present(order, device);
  }

  isHitless(device: number, slot: number): boolean {
    const { authority, compiled } = this.world;
    const kinds = new Set<string>();
    for (let v = 0; v < authority.count; v++) {
      const space = authority.attached(v, device, slot);
      kinds.add(space < 0 ? 'blocked' : (SPACE_KINDS[authority.spaceKind(v, space) - 1] ?? 'blocked'));
    }
    const [from, to = from] = kinds;
    return compiled.driver.hitless.some((pair) => pair.from === from && pair.to === to);
  }

  get openRequests(): number {
    return this.world.machine.pageRequests.openCount();
  }

  get abandonedRequests(): WorldView['abandonedRequests'] {
    const { returned, watchedPasid, machine } = this.world;
    if (!returned?.tookEffect) return [];
    const [device, slot] = returned.args;
    // What it asks before the reset, and after it has been drained for it, ends with the reset.
    if (this.world.isBeingReset(device)) return [];
    let isLost: (request: number) => boolean;
    if (returned.operation === 'release') isLost = () => true;
    else if (returned.operation === 'replace') isLost = returned.keptRequest;
    else if (ENDING.has(returned.operation) && !this.isAttachedAgain(device, slot))
      isLost = (request) => machine.pageRequests.pasid(request) === watchedPasid;
    else return [];
    const requests = machine.pageRequests;
    const found: WorldView['abandonedRequests'][number][] = [];
    for (let request = 1; request <= requests.capacity; request++) {
      if (!requests.isOpen(request) || requests.device(request) !== device || !isLost(request)) continue;
      found.push({
        isTaken: requests.isTaken(request),
        origin: returned.origin,
        text: `${returned.operation} has returned, and a page request of device ${device} on what it took away is still open`,
      });
    }
    return found;
  }

  /** Requests made since a RID was detached carry its new attachment and are its business. */
  private isAttachedAgain(device: number, slot: number): boolean {
    const { authority } = this.world;
    return slot === 0 && !this.inEveryOrder((v) => authority.attached(v, device, 0) < 0);
  }

  get lastCall(): string {
    return this.world.lastReturned;
  }
  get origin(): string {
    return this.world.originNow;
  }
}

/** Calls that take a route's attachment away, and give it no other. */
const ENDING: ReadonlySet<string> = new Set(['detach', 'unbindNested']);
