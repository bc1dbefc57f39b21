import { ConcreteCaches } from '../hardware/caches.js';
import { PageRequestQueue } from '../hardware/page-requests.js';
import { InvalidationQueue } from '../hardware/queue.js';
import { Ram } from '../hardware/ram.js';
import { Layout, StateVector } from '../hardware/state-vector.js';
import type { Action, ActionRecord, Coverage, Model, Phase } from '../checker/model.js';
import type { LifecycleTable } from '../statechart/lifecycle-table.js';
import { END } from '../statechart/program.js';
import type { Architecture, BoundArchitecture } from '../vocabulary/architecture.js';
import type {
  CallerFacts,
  Field,
  IdPool,
  LockFamily,
  ObjectStore,
  StepContext,
} from '../vocabulary/context.js';
import type { ObjectKind } from '../vocabulary/design.js';
import { ERRNO, errnoName } from '../vocabulary/errno.js';
import { OPERATIONS, type OperationName } from '../vocabulary/operations.js';
import {
  EVENTS,
  type PropertyDefinition,
  type ReturnedCall,
  type WorldView,
} from '../vocabulary/property.js';
import { LimitError } from '../vocabulary/limit.js';
import type { Random } from '../vocabulary/random.js';
import type { WorldShape } from '../vocabulary/shape.js';
import type { BoundStep } from '../vocabulary/step.js';
import type { Violation } from '../vocabulary/violation.js';
import { agentOf, codeOf, isCall, pack, payloadOf, principalOf, unpackArguments } from './actions.js';
import {
  AgentStates,
  BESIDE,
  BESIDE_FAILURE,
  BESIDE_FREE,
  BESIDE_SHORTAGE,
  EXHAUSTED,
  hadRequest,
  HOPELESS,
  INJECTED,
  OVERLAPPED,
  UNPLUGGED,
  TRESPASSED,
} from './agent-states.js';
import {
  Authority,
  dataFrameOf,
  framePage,
  OPERATION_CODE,
  OPERATION_NAMES,
  type OpenCall,
} from './authority.js';
import type { CompiledDesign, GlobalPoint } from './compiled-design.js';
import { conditionNames } from './conditions.js';
import { Contract } from './contract.js';
import { Encoder, SNAPSHOT_WORDS } from './encoding.js';
import { CallGenerator } from './generator.js';
import { guestIndex } from './guest.js';
import { Ids } from './ids.js';
import { Ledger } from './ledger.js';
import { Monitors } from './lifecycles.js';
import { Independence } from './independence.js';
import { isLocal, mayWake, waitsForRequest } from './local-steps.js';
import { Locks } from './locks.js';
import { Machine, type MachineListener } from './machine.js';
import { ObjectTable } from './objects.js';
import { Records } from './records.js';
import { SlotLabels } from './slot-labels.js';
import { View } from './view.js';
import { WatchedQueue } from './watched-queue.js';
import { WatchedRequests } from './watched-requests.js';

/** An operation that takes more steps than this never ends. */
const MOST_STEPS = 10_000;
/**
 * Rows of the closure of memory, and of the ledger: a guest's table with four entries that name itself yields more than a thousand a
 * route. Small worlds need few, and every state that is read back clears them.
 */
const MOST_ROWS = { random: 8192, exhaustive: 512 };
/** More actions than all agents together have while no caller is free to begin a call. */
const MOST_STEPS_ENABLED = 256;
/** A teardown gives up after so many refused calls. */
const MOST_REFUSED = 100;

export interface WorldOptions {
  readonly compiled: CompiledDesign;
  readonly architecture: Architecture;
  readonly shape: WorldShape;
  readonly lifecycles: ReadonlyMap<string, LifecycleTable>;
  readonly properties: readonly PropertyDefinition[];
  /** Whether devices act through concrete caches (random runs) or are stood for by the worst case (exhaustive search). */
  readonly concrete: boolean;
}

/** A user's design did something that no design may do to the program: it threw, or an operation never ends. */
export class DesignError extends Error {
  constructor(
    readonly design: string,
    /** Control state. */
    readonly state: string,
    message: string,
  ) {
    super(message);
    this.name = 'DesignError';
  }
}

const PLUGS: ReadonlySet<number> = new Set([OPERATION_CODE.probe, OPERATION_CODE.release]);

/**
 * The IOMMU system as a model: a compiled design on a simulated machine, with authority, ledger and properties. Agents are the
 * callers, then the design's and driver's own, then the invalidation hardware of each IOMMU, then the devices.
 */
export class World implements Model, StepContext, MachineListener {
  readonly name: string;
  readonly shape: WorldShape;
  readonly compiled: CompiledDesign;
  readonly state: StateVector;
  readonly words: Int32Array;
  readonly authority: Authority;
  readonly agentStates: AgentStates;
  readonly labels: SlotLabels;
  readonly machine: Machine;
  readonly ledger: Ledger;
  readonly tables: ReadonlyMap<string, ObjectTable>;
  readonly pools: ReadonlyMap<string, Ids>;
  readonly locks = new Map<string, Locks>();
  readonly monitors: Monitors;
  readonly points: readonly GlobalPoint[];
  readonly encoder: Encoder;
  readonly generator: CallGenerator;
  private readonly contract: Contract;
  readonly view: View;
  readonly architecture: Architecture;
  /** Its derivations over the memory of this world. */
  readonly bound: BoundArchitecture;
  readonly concrete: boolean;
  readonly judging: Independence | undefined;
  readonly properties: readonly PropertyDefinition[];
  private readonly watches: readonly number[];
  /** How often each property's premise was true. */
  readonly premises: Float64Array;
  /** How often an agent was left standing at a point while another acted. */
  private readonly interrupted: Float64Array;
  /** How often each operation ended in each way. */
  private readonly outcomes: Float64Array;
  private lastActing = -1;
  /** Calls of the teardown that failed: what cannot be taken down is left, and judged as it is. */
  private refusedTeardown = 0;
  readonly violations: Violation[] = [];
  private readonly records: Records;

  // Agents.
  readonly callers: CallerFacts;
  readonly firstDeclared: number;
  readonly firstHardware: number;
  readonly firstDevice: number;
  readonly agents: number;

  readonly declared: readonly {
    readonly name: string;
    readonly program: CompiledDesign['boot'][number];
    readonly index: number;
  }[];

  // Words of the world itself.
  readonly handlesAt: number;
  readonly pinsAt: number;
  readonly failuresAt: number;
  readonly namesAt: number;
  private readonly snapshotsAt: number;
  /** By operation: the registers of its procedure that take the arguments, -1 for one it does not ask for. */
  private readonly argumentRegisters: readonly (readonly number[])[];
  /** Devices that have acted since anybody else did: one access each, so that a busy device starves nobody. */
  private readonly actedAt: number;
  /** How many operations have begun: only names in traces come from it. */
  private readonly operationsAt: number;
  private readonly fields = new Map<string, Field>();
  /** Operation that returned last, and one more: only accesses through concrete caches are told by it. */
  private readonly lastReturnedAt: number;
  private readonly ramAt: number;
  private readonly queueAt: number;
  private readonly requestsAt: number;

  // Of the step just done.
  events = 0;
  phase: Phase = 'work';
  returned: ReturnedCall | undefined;
  readonly releasedNow: { what: 'frame' | 'tag' | 'pasid' | 'space'; id: number }[] = [];
  readonly givenNow: { what: 'tag' | 'pasid' | 'space'; id: number }[] = [];
  readonly misuses: { readonly what: string; readonly how?: string }[] = [];
  readonly refusedEvents: { machine: string; state: string; event: string }[] = [];
  readonly requestFaults: WorldView['requestFaults'][number][] = [];
  /** PASID with which the slot that the call just returned has detached made its page requests; -1 when it is no detach. */
  watchedPasid = -1;
  faultedAccess: { device: number; slot: number; replacing: boolean } | undefined;
  private acting = -1;
  private actingPoint = -1;
  readonly changes: string[] = [];
  tracing = false;
  private checking = true;

  private readonly run: BoundStep[] = [];
  private readonly readyOf: (
    | ((a: number, b: number, c: number, d: number, e: number) => boolean)
    | undefined
  )[] = [];
  private readonly argRegisters: Int32Array[] = [];
  private readonly argConstants: Int32Array[] = [];
  private readonly scratch = new Int32Array(5);

  constructor(readonly options: WorldOptions) {
    const { compiled, shape, architecture } = options;
    this.compiled = compiled;
    this.shape = shape;
    this.architecture = architecture;
    this.concrete = options.concrete;
    this.properties = options.properties;
    this.watches = options.properties.map((property) =>
      property.on.reduce((set, event) => set | EVENTS[event], 0),
    );
    this.premises = new Float64Array(options.properties.length);
    this.interrupted = new Float64Array(compiled.points.length);
    this.outcomes = new Float64Array(OPERATION_NAMES.length * OUTCOMES.length);
    this.coverage = {
      groups: {
        transitions: {
          names: compiled.coverage.names.map((_, id) => compiled.coverage.describe(id)),
          hits: compiled.coverage.hits,
        },
        interruptions: { names: compiled.points.map((point) => point.name), hits: this.interrupted },
        outcomes: {
          names: OPERATION_NAMES.flatMap((name) => OUTCOMES.map((outcome) => `${name} ${outcome}`)),
          hits: this.outcomes,
        },
        checked: { names: options.properties.map((property) => property.name), hits: this.premises },
      },
    };
    this.name = `${compiled.design.name} on ${compiled.driver.name}, ${shape.name}`;
    this.points = compiled.points;

    const declared = compiled.agents.flatMap(({ definition, program }) => {
      const count =
        definition.one === 'world'
          ? 1
          : definition.one === 'iommu'
            ? shape.iommus.length
            : shape.devices.length;
      return Array.from({ length: count }, (_, index) => ({ name: definition.name, program, index }));
    });
    this.declared = declared.map(({ name, ...rest }) => ({
      ...rest,
      name: declared.filter((other) => other.name === name).length > 1 ? `${name} ${rest.index}` : name,
    }));
    this.firstDeclared = shape.callers;
    this.firstHardware = this.firstDeclared + declared.length;
    this.firstDevice = this.firstHardware + shape.iommus.length;
    this.agents = this.firstDevice + shape.devices.length;

    const layout = new Layout();
    const misuse = (what: string, how?: string) => this.misuse(what, how);
    const exhausted = () => this.exhausted();
    this.authority = new Authority(
      (caller) => this.agentStates.flag(caller, TRESPASSED),
      shape,
      compiled.design.attachScope,
      compiled.design.userDefault,
      compiled.design.slots === 'always',
      layout,
    );
    this.agentStates = new AgentStates(this.firstHardware, compiled.registers, layout);
    const slots = shape.devices.reduce((sum, device) => sum + device.slots, 0);
    const bounds = {
      spaces: shape.spaces,
      pages: shape.pages.length,
      devices: shape.devices.length,
      slots,
      groups: shape.groups,
      iommus: shape.iommus.length,
      callers: shape.callers,
      requests: shape.pageRequests,
    };
    const tables = new Map<string, ObjectTable>();
    let code = 0;
    for (const kind of [...compiled.design.objects, ...compiled.driver.objects]) {
      if (tables.has(kind.name)) throw new Error(`two kinds of object are called '${kind.name}'`);
      const number = kind.one === undefined ? ++code : 0;
      tables.set(
        kind.name,
        new ObjectTable(kind, capacityOf(kind, bounds, shape), number, layout, misuse, exhausted),
      );
    }
    this.tables = tables;
    const pools = new Map<string, Ids>();
    for (const [name, range] of Object.entries({ ...compiled.driver.pools, ...compiled.design.pools })) {
      pools.set(
        name,
        new Ids(
          name,
          range.low,
          range.high,
          layout,
          (pool, id) => this.given(pool, id),
          (pool, id) => this.releasedId(pool, id),
          misuse,
          exhausted,
        ),
      );
    }
    this.pools = pools;
    for (const family of lockFamilies(compiled)) {
      this.locks.set(family, new Locks(family, layout, () => this.acting, misuse));
    }
    const refused = (machine: string, state: string, event: string) => {
      this.refusedEvents.push({ machine, state, event });
      this.events |= EVENTS.refused;
    };
    this.monitors = new Monitors(options.lifecycles, tables, shape.devices.length, layout, refused);
    const tableFrames = architecture.tableFrames ?? 1;
    const frames = (Math.ceil((1 + shape.frames) / tableFrames) + shape.tables) * tableFrames;
    const rows = options.concrete ? MOST_ROWS.random : MOST_ROWS.exhaustive;
    this.ledger = new Ledger(architecture.kinds, architecture.commands, shape, frames, layout, rows, rows);
    this.machine = new Machine(
      shape,
      this.ledger,
      this,
      architecture.commands.map((command) => command.name === 'wait'),
      tableFrames,
      layout,
    );
    this.ramAt = layout.take(Ram.size(frames));
    this.queueAt = layout.take(InvalidationQueue.size(shape.iommus.length, shape.queue));
    this.requestsAt = layout.take(PageRequestQueue.size(shape.pageRequests));
    const cachesAt = layout.take(options.concrete ? ConcreteCaches.size : 0);
    this.handlesAt = layout.take(shape.spaces);
    this.labels = new SlotLabels(shape.devices.length, this.authority.slotCount, layout);
    this.pinsAt = layout.take(shape.frames);
    this.failuresAt = layout.take(1);
    this.namesAt = layout.take(shape.spaces + shape.frames);
    this.snapshotsAt = layout.take(SNAPSHOT_WORDS * this.firstHardware);
    this.argumentRegisters = compiled.programs.map((program, code) =>
      Object.keys(OPERATIONS[OPERATION_NAMES[code]].arguments).map((name) => program?.inputs[name] ?? -1),
    );
    this.actedAt = layout.take(1);
    this.operationsAt = layout.take(1);
    this.lastReturnedAt = layout.take(1);

    this.state = new StateVector(layout.size);
    this.words = this.state.words;
    for (const part of [
      this.authority,
      this.agentStates,
      this.labels,
      this.monitors,
      ...tables.values(),
      ...pools.values(),
      ...this.locks.values(),
    ]) {
      part.connect(this.state);
    }
    this.machine.connect(
      this.state,
      new Ram(this.state, this.ramAt, frames),
      new WatchedQueue(
        this.state,
        this.queueAt,
        shape.queue,
        architecture,
        lifecycleOf(options, 'invalidation'),
        refused,
      ),
      new WatchedRequests(this.state, this.requestsAt, shape.pageRequests, shape, (request, isOpen) =>
        this.requestAnswered(request, isOpen),
      ),
    );
    this.bound = architecture.bind(shape, this.machine, this.machine);
    this.machine.bind(this.bound);
    if (options.concrete)
      this.machine.caches = new ConcreteCaches(this.state, cachesAt, architecture, shape, this.bound);

    if (!this.concrete && shape.callers === 1 && this.declared.some((agent) => mayWake(agent.program, shape)))
      this.judging = new Independence(
        compiled,
        new Set(this.declared.map(({ program }) => program)),
        shape.allocationFailures > 0,
      );
    this.callers = callerFacts(this);
    this.encoder = new Encoder(this);
    this.contract = new Contract(this.authority, compiled.answers, compiled, () =>
      this.machine.pageRequests.anyTaken(),
    );
    this.generator = new CallGenerator(this);
    this.view = new View(this);
    this.records = new Records(this);
    this.bindSteps();
    this.boot();
  }

  /** Reachable-state facts right after boot, for judging leaks. */
  private baseline: readonly string[] = [];
  private bootState!: Int32Array;
  /** Transitions that boot takes: each run begins with them. */
  private readonly booted: number[] = [];

  // Start.

  private bindSteps(): void {
    for (const [number, point] of this.points.entries()) {
      const { step, statics, program, local } = point;
      const { registers, constants } = program.points[local];
      try {
        const context = this.judging?.contextOf(number, this) ?? this;
        this.run.push(step.bind(context, statics));
        this.readyOf.push(step.ready?.(context, statics));
      } catch (error) {
        // A field, a kind of object or a pool that there is none of.
        const reason = error instanceof Error ? error.message : String(error);
        throw new DesignError(this.compiled.design.name, point.name, reason);
      }
      this.argRegisters.push(registers);
      this.argConstants.push(constants);
    }
  }

  /** Bring the machine up once; {@link reset} goes back to this point. */
  private boot(): void {
    this.authority.reset();
    this.machine.reset();
    for (const table of this.tables.values()) table.reset();
    this.state.set(this.failuresAt, 0);
    this.checking = false;
    const { hits } = this.compiled.coverage;
    const before = [...hits];
    for (const program of this.compiled.boot) {
      this.acting = 0;
      const file = this.state;
      const base = this.agentStates.registersAt(0);
      const first = this.compiled.firstPoint.get(program) as number;
      let point = program.start(file, base);
      for (let steps = 0; point !== END; steps++) {
        if (steps > MOST_STEPS)
          throw new DesignError(
            this.compiled.driver.name,
            this.points[first + point].name,
            'boot never ends',
          );
        this.actingPoint = first + point;
        const result = this.doStep(first + point, 0, 0);
        for (let iommu = 0; iommu < this.shape.iommus.length; iommu++)
          while (this.machine.readyCount(iommu) > 0) this.effect(iommu, 0);
        point = program.advance(point, result, file, base);
      }
      if (program.outcome < 0) {
        throw new DesignError(
          this.compiled.driver.name,
          program.name,
          `boot fails with ${errnoName(program.outcome)}`,
        );
      }
      this.agentStates.close(0);
    }
    for (let agent = this.firstDeclared; agent < this.firstHardware; agent++) this.startDeclared(agent);
    this.state.set(this.failuresAt, this.shape.allocationFailures);
    this.clearStepResults();
    if (this.misuses.length > 0)
      throw new DesignError(
        this.compiled.driver.name,
        'boot',
        this.misuses.map(({ what }) => what).join('; '),
      );
    this.checking = true;
    this.acting = -1;
    this.judging?.keep();
    this.baseline = this.encoder.resources();
    this.bootState = this.words.slice();
    hits.forEach((count, id) => {
      if (count > before[id]) this.booted.push(id);
    });
  }

  reset(): void {
    this.state.forget();
    this.words.set(this.bootState);
    for (const id of this.booted) this.compiled.coverage.hits[id]++;
    this.phase = 'work';
    this.lastActing = -1;
    this.nobodyActs();
    this.generator.setDisabled(new Set());
    this.clearStepResults();
    if (this.violations.length > 0) this.violations.length = 0;
  }

  // StepContext.

  objects(kind: string): ObjectStore {
    const table = this.tables.get(kind);
    if (!table) throw new Error(`no kind of object is called '${kind}'`);
    return table;
  }

  /** Steps ask for fields by name each time they run. */
  field(path: string): Field {
    let field = this.fields.get(path);
    if (field === undefined) {
      const [kind, name] = path.split('.');
      field = (this.objects(kind) as ObjectTable).field(name);
      this.fields.set(path, field);
    }
    return field;
  }

  ids(pool: string): IdPool {
    const ids = this.pools.get(pool);
    if (!ids) throw new Error(`no pool of identifiers is called '${pool}'`);
    return ids;
  }

  get memory() {
    return this.machine;
  }
  get hardware() {
    return this.machine;
  }

  lock(family: string): LockFamily {
    return this.locks.get(family) as Locks;
  }

  lifecycle(machine: string, event: string): (id: number) => void {
    return this.monitors.sender(machine, event);
  }

  agent(): number {
    return this.acting;
  }

  principal(): number {
    return this.acting >= 0 && this.acting < this.firstHardware ? this.agentStates.principal(this.acting) : 0;
  }

  misuse(what: string, how?: string): void {
    this.misuses.push({ what, how });
    this.events |= EVENTS.misuse;
  }

  // MachineListener.

  blame(): number {
    const { acting } = this;
    return acting >= 0 && acting < this.firstDeclared && !this.agentStates.isIdle(acting) ? acting : -1;
  }
  origin(): number {
    return this.actingPoint + 1;
  }
  exhausted(): void {
    const agent = this.blame();
    if (agent >= 0) this.agentStates.flag(agent, EXHAUSTED);
  }

  plugged(): void {
    this.events |= EVENTS.authority;
  }
  unplugged(device: number): void {
    for (let agent = 0; agent < this.firstDeclared; agent++) {
      if (this.agentStates.isIdle(agent) || this.agentStates.arg(agent, 0) !== device) continue;
      if (ATTACHING.has(OPERATION_NAMES[this.agentStates.operation(agent)]))
        this.agentStates.flag(agent, UNPLUGGED);
    }
  }
  reachChanged(): void {
    this.events |= EVENTS.reach;
  }
  released(what: 'frame' | 'tag' | 'pasid' | 'space', id: number): void {
    this.releasedNow.push({ what, id });
    this.events |= EVENTS.released;
  }
  note(text: string): void {
    if (this.tracing) this.changes.push(text);
  }
  private given(pool: string, id: number): void {
    const what = this.poolMeaning(pool);
    if (!what) return;
    this.givenNow.push({ what, id });
    this.events |= EVENTS.given;
  }
  private releasedId(pool: string, id: number): void {
    const what = this.poolMeaning(pool);
    if (what) this.released(what, id);
  }
  /** Pools named `did…` hold domain tags, `pasid…` PASIDs, `space…` tags of address spaces; others are the software's own affair. */
  private poolMeaning(pool: string): 'tag' | 'pasid' | 'space' | undefined {
    if (pool.startsWith('did')) return 'tag';
    if (pool.startsWith('space')) return 'space';
    return pool.startsWith('pasid') ? 'pasid' : undefined;
  }
  private requestAnswered(request: number, isOpen: boolean): void {
    if (!isOpen)
      this.requestFaults.push({ kind: 'answer', text: 'a page request was answered that is not open' });
    else if (this.isForeign(request))
      this.requestFaults.push({
        kind: 'answer by another',
        text: 'a page request was answered by a caller who has neither its device nor a space on it',
      });
    this.events |= EVENTS.request;
  }

  /** Whether a caller answers the request of a device that is another's, with routes of others alone, in every order. */
  private isForeign(request: number): boolean {
    const agent = this.blame();
    if (agent < 0 || this.agentStates.operation(agent) !== OPERATION_CODE.respond) return false;
    const { authority } = this;
    const principal = this.agentStates.principal(agent);
    const device = this.machine.pageRequests.device(request);
    for (let v = 0; v < authority.count; v++) {
      if (authority.owner(v, device) === principal) return false;
      for (let slot = 0; slot <= this.shape.devices[device].slots; slot++) {
        const space = authority.attached(v, device, slot);
        if (space >= 0 && authority.spaceOwner(v, space) === principal) return false;
      }
    }
    return true;
  }

  // Model: who can do what.

  agentName(agent: number): string {
    if (agent < this.firstDeclared) return `caller ${agent}`;
    if (agent < this.firstHardware) return this.declared[agent - this.firstDeclared].name;
    if (agent < this.firstDevice) return `iommu ${agent - this.firstHardware}`;
    return `device ${agent - this.firstDevice}`;
  }

  agentOf(action: Action): number {
    return agentOf(action);
  }

  /** An access or a prefetch is a step of its device; calls and page requests begin something that must end. */
  isOperation(action: Action): boolean {
    const payload = payloadOf(action);
    return (
      isCall(payload) &&
      (agentOf(action) < this.firstDevice || codeOf(payload) === OPERATION_CODE.pageRequest)
    );
  }

  setPhase(phase: Phase): void {
    this.phase = phase;
    this.refusedTeardown = 0;
  }

  get operationKinds(): readonly string[] {
    return this.generator.operations.map((code) => OPERATION_NAMES[code]);
  }

  avoid(kinds: Uint8Array): void {
    this.generator.setDisabled(new Set(this.generator.operations.filter((_, i) => kinds[i] === 1)));
  }

  private isReady(agent: number): boolean {
    const point = this.agentStates.point(agent);
    const ready = this.readyOf[point];
    if (!ready || this.points[point].skipped) return true;
    const args = this.gather(agent, point);
    return ready(args[0], args[1], args[2], args[3], args[4]);
  }

  private gather(agent: number, point: number): Int32Array {
    const registers = this.argRegisters[point];
    const constants = this.argConstants[point];
    const base = this.agentStates.registersAt(agent);
    const args = this.scratch;
    for (let i = 0; i < 5; i++) args[i] = registers[i] < 0 ? constants[i] : this.words[base + registers[i]];
    return args;
  }

  canMove(agent: number): boolean {
    if (agent < this.firstDeclared) {
      if (!this.agentStates.isIdle(agent)) return this.isReady(agent);
      return (
        (this.phase === 'work' && this.authority.hasRoom()) ||
        (this.phase === 'teardown' &&
          this.refusedTeardown < MOST_REFUSED &&
          this.generator.hasTeardown(agent))
      );
    }
    if (agent < this.firstHardware) return this.isReady(agent);
    if (agent < this.firstDevice) return this.machine.readyCount(agent - this.firstHardware) > 0;
    const device = agent - this.firstDevice;
    return (
      this.phase === 'work' &&
      (this.words[this.actedAt] & (1 << device)) === 0 &&
      this.generator.deviceCanMove(device)
    );
  }

  /** A declared agent always stands before a step: its procedure begins anew when it has ended. */
  private startDeclared(agent: number): void {
    const { program, index } = this.declared[agent - this.firstDeclared];
    const base = this.agentStates.registersAt(agent);
    const place = program.inputs.index;
    if (place !== undefined) this.state.set(base + place, index);
    const point = program.start(this.state, base);
    if (point === END)
      throw new DesignError(this.compiled.design.name, program.name, 'an agent does no step');
    this.agentStates.setPoint(agent, (this.compiled.firstPoint.get(program) as number) + point);
  }

  enabled(out: Int32Array): number {
    let count = 0;
    for (let agent = 0; agent < this.firstDeclared; agent++) {
      if (!this.agentStates.isIdle(agent)) count = this.enumerateSteps(agent, out, count);
      else if (this.authority.hasRoom()) count = this.generator.enumerate(agent, out, count);
    }
    for (let agent = this.firstDeclared; agent < this.firstHardware; agent++) {
      count = this.enumerateSteps(agent, out, count);
    }
    for (let iommu = 0; iommu < this.shape.iommus.length; iommu++) {
      const ready = this.machine.readyCount(iommu);
      for (let i = 0; i < ready; i++) out[count++] = pack(this.firstHardware + iommu, i);
    }
    for (let device = 0; device < this.shape.devices.length; device++) {
      count = this.generator.enumerateDevice(this.firstDevice + device, out, count);
    }
    return count;
  }

  /**
   * While one caller runs, what it does to driver state alone and what hardware does meanwhile commute. So the caller goes first;
   * what hardware may do before a step that can tell is tried when the caller has come to that step. Where a declared agent is awake or
   * may be woken, so does a step that has nothing to do with it, while the search only judges.
   */
  enough(out: Int32Array): number {
    return this.goesFirst() ? this.enumerateSteps(0, out, 0) : this.enabled(out);
  }

  onlyStep(): Action {
    for (let agent = 0; agent < this.firstDeclared; agent++) if (this.agentStates.isIdle(agent)) return -1;
    const { few } = this;
    return this.enough(few) === 1 && !this.isOperation(few[0]) ? few[0] : -1;
  }
  private readonly few = new Int32Array(MOST_STEPS_ENABLED);

  private goesFirst(): boolean {
    if (this.firstDeclared > 1 || this.agentStates.isIdle(0)) return false;
    const point = this.agentStates.point(0);
    if (!isLocal(this.points[point]) || !this.isReady(0)) return false;
    if (this.judging?.isOn && this.judging.goesFirst(point)) return true;
    for (let agent = this.firstDeclared; agent < this.firstHardware; agent++)
      if (!waitsForRequest(this.points[this.agentStates.point(agent)]) || this.isReady(agent)) return false;
    return !this.anyMayAsk();
  }

  private enumerateSteps(agent: number, out: Int32Array, from: number): number {
    let count = from;
    if (!this.isReady(agent)) return count;
    const alternatives = this.alternatives(agent);
    for (let i = 0; i < alternatives; i++) out[count++] = pack(agent, i);
    return count;
  }

  /** Allocations may be made to fail as long as the world allows it, one in a call: an undo for want of memory gets what it needs. */
  alternatives(agent: number): number {
    const point = this.points[this.agentStates.point(agent)];
    const declared = point.step.alternatives ?? 1;
    if (declared === 1 || point.skipped || this.words[this.failuresAt] === 0) return 1;
    return (this.agentStates.flags(agent) & INJECTED) !== 0 ? 1 : declared;
  }

  draw(agent: number, random: Random): Action {
    if (agent < this.firstDeclared && this.agentStates.isIdle(agent)) {
      return this.phase === 'teardown'
        ? this.generator.drawTeardown(agent, random)
        : this.generator.drawCall(agent, random);
    }
    if (agent < this.firstHardware) {
      const alternatives = this.alternatives(agent);
      // A failing allocation is one draw in eight: common enough to meet, rare enough to get past.
      return pack(agent, alternatives > 1 && random.below(8) === 7 ? 1 + random.below(alternatives - 1) : 0);
    }
    if (agent < this.firstDevice) {
      const iommu = agent - this.firstHardware;
      const ready = this.machine.readyCount(iommu);
      return pack(agent, ready > 1 ? random.below(ready) : 0);
    }
    return this.generator.drawDevice(agent, random);
  }

  // Model: taking an action.

  apply(action: Action): void {
    this.clearStepResults();
    this.violations.length = 0;
    const agent = agentOf(action);
    this.acting = agent;
    if (agent !== this.lastActing) this.countInterruption(agent);
    const payload = payloadOf(action);
    if (agent < this.firstDevice) this.state.set(this.actedAt, 0);
    else this.state.set(this.actedAt, this.words[this.actedAt] | (1 << (agent - this.firstDevice)));
    if (agent < this.firstHardware) {
      if (this.agentStates.isIdle(agent)) this.openCall(agent, payload);
      else this.stepOf(agent, payload);
    } else if (agent < this.firstDevice) this.effect(agent - this.firstHardware, payload);
    else this.actDevice(payload);
    if (this.events !== 0 && this.checking) this.judge(this.events, true);
    if (this.returned?.operation === 'guestInvalidate') this.ledger.endExemption(this.returned.agent);
    this.nobodyActs();
  }

  /** A step has ended, or a bound of the checker's own has ended it in the middle. */
  private nobodyActs(): void {
    this.acting = -1;
    this.actingPoint = -1;
  }

  private countInterruption(agent: number): void {
    const last = this.lastActing;
    this.lastActing = agent;
    if (last >= 0 && last < this.firstHardware && !this.agentStates.isIdle(last))
      this.interrupted[this.agentStates.point(last)]++;
  }

  /** A device accesses memory, asks for a translation to keep, or asks for a page. */
  private actDevice(payload: number): void {
    const args = this.scratch;
    unpackArguments(payload, args);
    const [device, slot, page, fourth, fifth] = args;
    const request = this.label(device, slot);
    const { machine, authority } = this;
    switch (OPERATION_NAMES[codeOf(payload)]) {
      case 'dma': {
        const { caches } = machine;
        if (!caches) return;
        const number = this.inputPage(device, slot, page);
        const choices = new Choices(fifth);
        const reached =
          (machine.control(device, 'ats') && caches.translated(device, request, number, fourth, choices)) ||
          caches.translate(device, request, number, fourth, choices);
        this.note(reached ? `reaches frame 0x${caches.frame.toString(16)}` : 'faults');
        if (
          !reached &&
          !this.isBeingReset(device) &&
          (authority.mustPermission(device, slot, page) & fourth) === fourth
        ) {
          this.faultedAccess = { device, slot, replacing: !authority.attachmentSettled(device, slot) };
        }
        this.events |= EVENTS.access;
        return;
      }
      case 'prefetch': {
        const number = this.inputPage(device, slot, page);
        machine.caches?.prefetch(device, request, number, new Choices(fourth));
        return;
      }
      case 'pageRequest': {
        this.countOperation();
        const pages = this.shape.pages;
        const handle = machine.pageRequests.request(device, Math.max(request, 0), pages[page], 0);
        for (const { caller } of this.openCalls())
          if (handle !== 0) this.agentStates.unflag(caller, hadRequest(handle));
        const isHeld = this.bound.holds !== undefined;
        if (handle !== 0) this.note(isHeld ? 'the access is held' : 'the request is queued');
        else this.note(isHeld ? 'no room: the access waits' : 'the queue is full: hardware answers');
        this.events |= EVENTS.request;
        return;
      }
      default:
        throw new Error('a device does not do this');
    }
  }

  private clearStepResults(): void {
    this.events = 0;
    this.returned = undefined;
    if (this.releasedNow.length > 0) this.releasedNow.length = 0;
    if (this.givenNow.length > 0) this.givenNow.length = 0;
    if (this.misuses.length > 0) this.misuses.length = 0;
    if (this.refusedEvents.length > 0) this.refusedEvents.length = 0;
    if (this.requestFaults.length > 0) this.requestFaults.length = 0;
    if (this.changes.length > 0) this.changes.length = 0;
    if (this.ledger.fresh.length > 0) this.ledger.fresh.length = 0;
    this.faultedAccess = undefined;
    this.actingPoint = -1;
  }

  private mayTakeEffect(agent: number): boolean {
    for (let v = 0; v < this.authority.count; v++) if (this.authority.hasTaken(v, agent)) return true;
    return false;
  }

  /** Callers with an open `guestInvalidate`, as bits. */
  openInvalidations(): number {
    let open = 0;
    for (let agent = 0; agent < this.firstDeclared; agent++) {
      const { agentStates } = this;
      if (!agentStates.isIdle(agent) && agentStates.operation(agent) === OPERATION_CODE.guestInvalidate)
        open |= 1 << agent;
    }
    return open;
  }

  /** A bus plugs one device in or out at a time: pci_lock_rescan_remove(), drivers/pci/probe.c. */
  mayPlug(code: number): boolean {
    if (!PLUGS.has(code)) return true;
    for (let agent = 0; agent < this.firstDeclared; agent++) {
      const { agentStates } = this;
      if (!agentStates.isIdle(agent) && PLUGS.has(agentStates.operation(agent))) return false;
    }
    return true;
  }

  private isDetaching(code: number): boolean {
    return code === OPERATION_CODE.detach || code === OPERATION_CODE.unbindNested;
  }

  /** Calls now open, in the order of their agents. */
  private openCalls(): OpenCall[] {
    const calls: OpenCall[] = [];
    for (let agent = 0; agent < this.firstDeclared; agent++) {
      if (this.agentStates.isIdle(agent)) continue;
      calls.push(this.callOf(agent));
    }
    return calls;
  }

  /** Those open on the route that a replace is about, if it goes to another space than it is on: they must be over when it returns. */
  private watchRequests(agent: number, [device, slot, space]: Int32Array): void {
    const { pageRequests } = this.machine;
    for (let v = 0; v < this.authority.count; v++) {
      const now = this.authority.attached(v, device, slot);
      if (now < 0 || now === space) return;
    }
    const pasid = this.labels.asked(device, slot);
    for (let request = 1; request <= pageRequests.capacity; request++) {
      if (!pageRequests.isOpen(request) || pageRequests.device(request) !== device) continue;
      if (pageRequests.pasid(request) === pasid) this.agentStates.flag(agent, hadRequest(request));
    }
  }

  private callOf(agent: number): OpenCall {
    return {
      caller: agent,
      operation: this.agentStates.operation(agent),
      args: [0, 1, 2, 3, 4].map((i) => this.agentStates.arg(agent, i)),
      principal: this.agentStates.principal(agent),
    };
  }

  private openCall(agent: number, payload: number): void {
    const code = codeOf(payload);
    const principal = principalOf(payload);
    const args = new Int32Array(5);
    unpackArguments(payload, args);
    this.countOperation();
    const program = this.compiled.programs[code];
    this.agentStates.open(agent, code, principal, args, this.operationCount);
    // Not idle while the authority looks at the open calls.
    this.agentStates.setPoint(agent, 0);
    const open = this.openCalls();
    if (open.length > 1) {
      for (const call of open) {
        this.overlap(call.caller);
        // What was lost beside one that is open may show when this one returns.
        this.agentStates.flag(agent, this.agentStates.flags(call.caller) & BESIDE);
      }
    }
    this.noteName(code, args);
    if (this.contract.isHopeless(this.callOf(agent))) this.agentStates.flag(agent, HOPELESS);
    if (code === OPERATION_CODE.replace) this.watchRequests(agent, args);
    this.authority.spreadOut(open, this.contract.fate);
    this.events |= EVENTS.authority;
    if (!program) {
      this.closeCall(agent, this.carryOut(code, principal, args));
      return;
    }
    // Whoever takes a slot's attachment away has stopped its work first.
    if (this.isDetaching(code) && this.mayTakeEffect(agent)) this.labels.setSilent(args[0], args[1], true);
    if (this.mustBeAtomic(agent)) this.encoder.snapshot(this.snapshotAt(agent));
    const base = this.agentStates.registersAt(agent);
    const registers = this.argumentRegisters[code];
    for (let i = 0; i < registers.length; i++)
      if (registers[i] >= 0) this.state.set(base + registers[i], args[i]);
    const register = program.inputs.principal;
    if (register !== undefined) this.state.set(base + register, principal);
    const point = program.start(this.state, base);
    this.settle(agent, program, point);
  }

  /** An agent's program has reached a point: instant steps are carried out at once, an end closes the call. */
  private settle(agent: number, program: GlobalPoint['program'], reached: number): void {
    const first = this.compiled.firstPoint.get(program) as number;
    let point = reached;
    const base = this.agentStates.registersAt(agent);
    for (let guard = 0; point !== END && this.points[first + point].step.instant; guard++) {
      if (guard > MOST_STEPS)
        throw new DesignError(program.name, this.points[first + point].name, 'arithmetic never ends');
      const global = first + point;
      const result = this.guarded(global, agent, 0);
      point = program.advance(point, result, this.state, base);
    }
    if (point !== END) this.agentStates.setPoint(agent, first + point);
    else if (agent < this.firstDeclared) this.closeCall(agent, program.outcome);
    else {
      this.agentStates.close(agent);
      this.startDeclared(agent);
    }
  }

  /** The work of one point. */
  private doStep(global: number, agent: number, alternative: number): number {
    const { step, skipped } = this.points[global];
    if (skipped) return step.skipped;
    this.judging?.ran(global);
    const args = this.gather(agent, global);
    if (this.tracing && !step.instant) this.sayStep(global, args);
    return this.run[global](args[0], args[1], args[2], args[3], args[4], alternative);
  }

  private stepOf(agent: number, alternative: number): void {
    const global = this.agentStates.point(agent);
    const point = this.points[global];
    if (agent < this.firstDeclared) {
      if (this.agentStates.countStep(agent) > MOST_STEPS) {
        throw new DesignError(
          this.compiled.design.name,
          point.name,
          `the operation never ends: over ${MOST_STEPS} steps`,
        );
      }
    } else this.overlapAll();
    if (alternative > 0) {
      this.state.set(this.failuresAt, this.words[this.failuresAt] - 1);
      this.agentStates.flag(agent, INJECTED);
    }
    this.actingPoint = global;
    const touches = this.machine.touches;
    const result = this.guarded(global, agent, alternative);
    if (this.machine.touches !== touches && isLocal(point))
      throw new DesignError(
        point.owner,
        point.name,
        "the step touches hardware and does not say so: sight 'hardware'",
      );
    const next = point.program.advance(point.local, result, this.state, this.agentStates.registersAt(agent));
    this.settle(agent, point.program, next);
  }

  /** A crash of a user's step is the design's, not the program's. */
  private guarded(global: number, agent: number, alternative: number): number {
    try {
      return this.doStep(global, agent, alternative);
    } catch (error) {
      if (error instanceof DesignError || error instanceof LimitError) throw error;
      const point = this.points[global];
      throw new DesignError(point.owner, point.name, error instanceof Error ? error.message : String(error));
    }
  }

  /** The call does not run alone; what there was before it is of no more use. */
  private overlap(agent: number): void {
    this.agentStates.flag(agent, OVERLAPPED);
    this.forgetSnapshot(agent);
  }

  /** Where the hashes are kept of what there was before the agent's call. */
  snapshotAt(agent: number): number {
    return this.snapshotsAt + SNAPSHOT_WORDS * agent;
  }

  private forgetSnapshot(agent: number): void {
    for (let i = 0; i < SNAPSHOT_WORDS; i++) this.state.set(this.snapshotAt(agent) + i, 0);
  }

  /** An agent of the design's own acts in between: open calls do not run alone. */
  private overlapAll(): void {
    for (let agent = 0; agent < this.firstDeclared; agent++) {
      if (!this.agentStates.isIdle(agent)) this.overlap(agent);
    }
  }

  private flagOpen(flag: number): void {
    for (let agent = 0; agent < this.firstDeclared; agent++)
      if (!this.agentStates.isIdle(agent)) this.agentStates.flag(agent, flag);
  }

  /** The n-th command that may take effect does. Waits follow by themselves: completing late is the waiter's delay. */
  private effect(iommu: number, n: number): void {
    const { machine } = this;
    const place = machine.readyPlace(iommu, n);
    if (this.tracing) this.changes.push(this.records.describeEffect(machine.effectAt(iommu, place)));
    machine.effect(iommu, place);
    while (machine.isWaitNext(iommu)) machine.queue.finish(iommu, 0);
  }

  // Calls.

  /** What no API implements is done by the world in one step. */
  private carryOut(code: number, principal: number, args: Int32Array): number {
    switch (OPERATION_NAMES[code]) {
      case 'freeFrame':
        if (this.words[this.pinsAt + args[0]] > 0 || this.machine.ram.owner(args[0] + 1) !== principal + 2)
          return -ERRNO.EBUSY;
        this.machine.ram.setOwner(args[0] + 1, 0);
        this.released('frame', args[0] + 1);
        return 0;
      case 'allocFrame':
        this.machine.ram.setOwner(args[0] + 1, principal + 2);
        return 0;
      case 'guestWrite':
        return this.generator.guestWrite(args[0], args[1], args[2]);
      default:
        throw new Error(`${OPERATION_NAMES[code]} has no procedure`);
    }
  }

  /** Whether the call, if it fails, must leave everything as it was: it has had the world to itself, and no part of it may stay. */
  private mustBeAtomic(agent: number): boolean {
    if ((this.agentStates.flags(agent) & OVERLAPPED) !== 0) return false;
    const answer = this.compiled.answers[this.agentStates.operation(agent)];
    return 'procedure' in answer && answer.partial === undefined;
  }

  private closeCall(agent: number, outcome: number): void {
    const code = this.agentStates.operation(agent);
    const operation = OPERATION_NAMES[code];
    const flags = this.agentStates.flags(agent);
    const call = this.callOf(agent);
    const refusals = this.contract.refusalsOf(call);
    const inUseBy = operation === 'freeSpace' ? this.contract.usersOf(call) : [];
    const success = outcome >= 0;
    const contract = this.contract.breachOf(call, outcome, refusals, flags);
    const disturbed =
      !success && this.mustBeAtomic(agent) ? this.encoder.difference(this.snapshotAt(agent)) : [];
    const others = this.openCalls().length > 1;
    const kind = OPERATIONS[operation];
    const isShort = success && 'isVoid' in kind && (flags & INJECTED) !== 0;
    const isUndone = !success && kind.group === 'routes' && (flags & INJECTED) !== 0;
    const explains = (v: number): boolean => this.contract.explains(v, call, outcome, flags);
    const ended = this.authority.end(call, success, explains, others);
    this.watchedPasid = this.isDetaching(code) ? this.labels.asked(call.args[0], call.args[1]) : -1;
    if (success && ended !== 'nothing') this.remember(agent, code, outcome);
    else if (this.isDetaching(code)) this.labels.setSilent(call.args[0], call.args[1], false);
    const heldLocks = [...this.locks.values()]
      .filter((locks) => locks.heldBy(agent))
      .map((locks) => locks.family);
    this.returned = {
      agent,
      operation,
      args: call.args,
      outcome,
      injected: (flags & INJECTED) !== 0,
      overlapped: (flags & OVERLAPPED) !== 0,
      afterShortage: isShort || (flags & BESIDE_SHORTAGE) !== 0,
      besideFailure: (flags & BESIDE_FAILURE) !== 0,
      besideFree: (flags & BESIDE_FREE) !== 0,
      mayRefuse: conditionNames(refusals.reduce((all, set) => all | set, 0)),
      refusedFor: conditionNames(refusals.length === 0 ? 0 : refusals.reduce((all, set) => all & set)),
      inUseBy,
      contract,
      wasBad: (flags & HOPELESS) !== 0,
      // A call that was bad from its beginning and is accepted breaks its contract; that is not a matter of order.
      explained: ended === 'effect' || ended === 'nothing' || contract !== '',
      tookEffect: success && ended !== 'nothing',
      // What a call had done for a while before it was refused is not undone by the refusal.
      trespassed: !success && (flags & TRESPASSED) !== 0,
      heldLocks,
      keptRequest: (request) => (flags & hadRequest(request)) !== 0,
      disturbed,
      origin:
        this.actingPoint >= 0
          ? this.points[this.actingPoint].name
          : `${this.compiled.design.name}/${operation}`,
    };
    if (this.tracing) {
      this.changes.push(
        outcome < 0 ? `returns ${errnoName(outcome)}` : outcome > 0 ? `returns ${outcome}` : 'returns',
      );
    }
    this.agentStates.close(agent);
    // What is lost by it shows when the calls that are open have returned.
    if (isShort) this.flagOpen(BESIDE_SHORTAGE);
    if (isUndone) this.flagOpen(BESIDE_FAILURE);
    if (success && operation === 'freeSpace') this.flagOpen(BESIDE_FREE);
    const open = this.openCalls();
    if (open.length > 0) this.authority.spreadOut(open, this.contract.fate);
    // Anybody can see whether a device is there, once nobody is plugging.
    else if (this.authority.count > 1) {
      this.authority.keep((v) =>
        this.shape.devices.every(
          (_, device) => this.authority.present(v, device) === this.machine.isPresent(device),
        ),
      );
    }
    this.forgetSnapshot(agent);
    this.state.set(this.lastReturnedAt, code + 1);
    if (outcome < 0 && this.phase === 'teardown') this.refusedTeardown++;
    this.outcomes[
      code * OUTCOMES.length + (outcome < 0 ? (OUTCOME_OF.get(-outcome) ?? OUTCOMES.length - 1) : 0)
    ]++;
    this.events |= EVENTS.returned | EVENTS.authority;
    if (this.isTornDown()) this.events |= EVENTS.tornDown;
  }

  /** What callers know after a call that took effect: handles, and the PASID a slot is programmed with. */
  private remember(agent: number, code: number, outcome: number): void {
    const first = this.agentStates.arg(agent, 0);
    const second = this.agentStates.arg(agent, 1);
    switch (OPERATION_NAMES[code]) {
      case 'createSpace':
        return this.state.set(this.handlesAt + first, outcome);
      case 'freeSpace':
        return this.state.set(this.handlesAt + first, 0);
      case 'attach':
      case 'replace':
      case 'bindNested':
        if (!this.isStillAttached(agent, first, second)) return;
        this.labels.set(first, second, outcome);
        if (second === 0) this.machine.noteProgrammer(first, this.agentStates.principal(agent));
        return;
      case 'detach':
      case 'unbindNested':
        return this.labels.set(first, second, 0);
      case 'release':
        return this.labels.forget(first);
      default:
    }
  }

  /** PASID that accesses of the slot carry: -1 for the RID, 0 when the slot emits nothing. */
  label(device: number, slot: number): number {
    return this.labels.emitted(device, slot);
  }

  /** An attach that was undone before it returned programs nothing, nor does one to a device that has been pulled out since. */
  private isStillAttached(agent: number, device: number, slot: number): boolean {
    if (!this.machine.isPresent(device) || (this.agentStates.flags(agent) & UNPLUGGED) !== 0) return false;
    for (let v = 0; v < this.authority.count; v++)
      if (this.authority.attached(v, device, slot) >= 0) return true;
    return false;
  }

  /** Objects are named in traces by the operation that made them. */
  private noteName(code: number, args: Int32Array): void {
    const name = OPERATION_NAMES[code];
    const { operationCount } = this;
    if (name === 'createSpace') this.state.set(this.namesAt + args[0], operationCount);
    else if (name === 'allocFrame')
      this.state.set(this.namesAt + this.shape.spaces + args[0], operationCount);
  }
  get operationCount(): number {
    return this.words[this.operationsAt];
  }
  private countOperation(): void {
    this.state.set(this.operationsAt, this.operationCount + 1);
  }
  /** Name of the last operation that returned. */
  get lastReturned(): string {
    const code = this.words[this.lastReturnedAt] - 1;
    return code < 0 ? '' : OPERATION_NAMES[code];
  }
  /** The next operation is called this: traces name operations, and keep the names when others are taken out. */
  nameNext(operation: number): void {
    this.state.set(this.operationsAt, operation - 1);
  }

  /** A frame that is pinned can't be given back; with nothing else left, its pin is a leak to report, not a wait. */
  private isTornDown(): boolean {
    if (!this.authority.isEmpty((frame) => this.words[this.pinsAt + frame] > 0)) return false;
    for (let agent = 0; agent < this.firstDeclared; agent++)
      if (!this.agentStates.isIdle(agent)) return false;
    return !this.machine.isPending();
  }

  /** What differs from the start, when nothing that a caller made exists any more. */
  leaks(): readonly string[] {
    const now = this.encoder.resources();
    const before = new Set(this.baseline);
    const after = new Set(now);
    return [
      ...now.filter((resource) => !before.has(resource)).map((resource) => `${resource} is left over`),
      ...this.baseline.filter((resource) => !after.has(resource)).map((resource) => `${resource} is missing`),
    ];
  }

  // Judging.

  /** Whether the step was of a call that was a bad one from its beginning: the fault is that it is not refused. */
  private isActingBadly(): boolean {
    if (this.returned) return this.returned.wasBad && this.returned.outcome >= 0;
    const agent = this.blame();
    return agent >= 0 && (this.agentStates.flags(agent) & HOPELESS) !== 0;
  }

  /** Whether the acting agent frees a space that has neither routes nor children in any order. */
  isFreeingUnused(): boolean {
    const agent = this.blame();
    if (agent < 0 || this.operationOf(agent) !== OPERATIONS.freeSpace) return false;
    return this.contract.usersOf(this.callOf(agent)).length === 0;
  }

  private judge(events: number, incremental: boolean): void {
    this.view.begin(incremental);
    const isBad = this.isActingBadly();
    for (let i = 0; i < this.properties.length; i++) {
      if ((this.watches[i] & events) === 0) continue;
      const property = this.properties[i];
      const fault = isBad && property.anyCall !== true ? ' in a call to refuse' : '';
      this.premises[i] += property.check(this.view, (kind, origin, explanation) => {
        const cause = `${property.name}:${kind}${fault}:${origin}`;
        if (this.violations.some((violation) => violation.cause === cause)) return;
        this.violations.push({
          property: property.name,
          cause,
          explanation,
          fault: origin.includes('@') ? 'driver' : 'design',
        });
      });
    }
    // What a property meets first depends on the ledger's history; the finding must not.
    if (this.violations.length > 1) this.violations.sort((a, b) => (a.cause < b.cause ? -1 : 1));
  }

  setChecking(on: boolean): void {
    this.checking = on;
  }

  check(): readonly Violation[] {
    this.violations.length = 0;
    this.judge(EVENTS.reach | EVENTS.authority | (this.isTornDown() ? EVENTS.tornDown : 0), false);
    return this.violations;
  }

  quiescent(): boolean {
    for (let agent = 0; agent < this.firstDeclared; agent++)
      if (!this.agentStates.isIdle(agent)) return false;
    if (this.machine.isPending()) return false;
    for (let agent = this.firstDeclared; agent < this.firstHardware; agent++)
      if (this.isReady(agent)) return false;
    return true;
  }

  finish(): readonly Violation[] {
    this.clearStepResults();
    this.violations.length = 0;
    this.events = (this.isTornDown() ? EVENTS.tornDown : 0) | (this.quiescent() ? 0 : EVENTS.stuck);
    this.judge(this.events, false);
    return this.violations;
  }

  /** Agents in the middle of a call that nothing can bring forward. */
  stuckAgents(): { at: string; text: string }[] {
    const stuck: { at: string; text: string }[] = [];
    for (let agent = 0; agent < this.firstDeclared; agent++) {
      if (this.agentStates.isIdle(agent)) continue;
      const at = this.position(agent);
      stuck.push({ at, text: `${this.agentName(agent)} waits at ${at} for what will not come` });
    }
    return stuck;
  }

  isAttachedSurely(device: number, slot: number): boolean {
    for (let v = 0; v < this.authority.count; v++)
      if (this.authority.attached(v, device, slot) < 0) return false;
    return true;
  }

  /** Whether the device has reason to ask for the page: PRI of its own, or an access that would be held. */
  mayRequest(device: number, slot: number, page: number): boolean {
    const { bound, machine } = this;
    if (bound.holds === undefined) return machine.deviceControl(device, 'pri');
    return bound.holds(device, this.label(device, slot), this.inputPage(device, slot, page));
  }

  /** The page number that the device puts on its requests. */
  private inputPage(device: number, slot: number, page: number): number {
    return this.authority.isNested(device, slot) ? guestIndex(page) : this.shape.pages[page];
  }

  /** Whether a reset of the device is under way: it accesses nothing, and what it must reach can wait. */
  isBeingReset(device: number): boolean {
    for (let agent = 0; agent < this.firstDeclared; agent++) {
      if (this.agentStates.isIdle(agent) || this.agentStates.arg(agent, 0) !== device) continue;
      if (this.agentStates.operation(agent) === OPERATION_CODE.reset) return true;
    }
    return false;
  }

  // Model: going back, comparing, telling.

  mark(): number {
    return this.state.mark();
  }
  rollback(mark: number): void {
    this.state.rollback(mark);
    this.nobodyActs();
  }
  get maxEncoding(): number {
    return this.encoder.maxSize;
  }
  encode(out: Uint8Array, offset: number): number {
    return this.encoder.encode(out, offset);
  }
  decode(from: Uint8Array, offset: number, length: number): void {
    this.encoder.decode(from, offset, length);
    this.clearStepResults();
  }

  /** Everything to zero, before a state is written in. */
  clearState(): void {
    const { ram } = this.machine;
    this.state.forget();
    ram.forgetFreed();
    for (let frame = 1; frame < this.machine.frames; frame++) {
      ram.clear(frame);
      ram.setOwner(frame, 0);
    }
    this.words.fill(0, 0, this.ramAt);
    this.words.fill(0, this.ramAt + Ram.size(this.machine.frames));
  }

  /** What waits for hardware: invalidations and page requests, with how many words of each region are in use. */
  queueRegions(): { base: number; size: number; used: number }[] {
    const { queue } = this.machine;
    const stride = InvalidationQueue.size(1, this.shape.queue);
    const regions = this.shape.iommus.map((_, iommu) => ({
      base: this.queueAt + iommu * stride,
      size: stride,
      used: queue.count(iommu) === 0 ? 0 : InvalidationQueue.size(1, queue.count(iommu)),
    }));
    const size = PageRequestQueue.size(this.shape.pageRequests);
    return [...regions, { base: this.requestsAt, size, used: size }];
  }

  /**
   * A step that touches driver state alone is seen by nobody while one caller runs and nothing else is declared. Any other step
   * is seen by nobody as long as nobody else can move: whatever they can do, they can do only after it.
   */
  footprint(action: Action): { readonly reads: number; readonly writes: number; readonly visible: boolean } {
    const agent = agentOf(action);
    if (this.isOperation(action)) return VISIBLE;
    return this.somebodyElseMoves(agent) ? VISIBLE : INVISIBLE;
  }

  private somebodyElseMoves(agent: number): boolean {
    for (let other = 0; other < this.firstDevice; other++)
      if (other !== agent && this.canMove(other)) return true;
    return this.anyMayAsk();
  }

  private anyMayAsk(): boolean {
    if (this.shape.pageRequests === 0) return false;
    for (let device = 0; device < this.shape.devices.length; device++)
      if (this.generator.mayAsk(device)) return true;
    return false;
  }

  describe(action: Action): string {
    return this.records.describe(action);
  }
  record(action: Action): ActionRecord {
    return this.records.record(action);
  }
  resolve(record: ActionRecord): Action {
    return this.records.resolve(record);
  }
  position(agent: number): string {
    return agent < this.firstHardware && !this.agentStates.isIdle(agent)
      ? this.points[this.agentStates.point(agent)].name
      : '';
  }
  operationOf(agent: number): (typeof OPERATIONS)[OperationName] {
    return OPERATIONS[OPERATION_NAMES[this.agentStates.operation(agent)]];
  }
  pointName(global: number): string {
    return global < 0 ? '' : this.points[global].name;
  }
  /**
   * Where the acting agent stood. Hardware and devices stand nowhere: then where the first open call stands. A caller who is done in one
   * step has only met what that call does, and may meet it at each of its steps: then it is the call.
   */
  get originNow(): string {
    if (this.actingPoint >= 0) return this.points[this.actingPoint].name;
    for (let agent = 0; agent < this.firstDeclared; agent++) {
      if (this.agentStates.isIdle(agent) || agent === this.acting) continue;
      const isMet = this.acting >= 0 && this.acting < this.firstDeclared;
      const { name } = this.compiled.design;
      return isMet ? `${name}/${OPERATION_NAMES[this.agentStates.operation(agent)]}` : this.position(agent);
    }
    return this.acting >= 0 ? this.agentName(this.acting).replace(/ \d+$/, '') : '';
  }

  setTracing(on: boolean): void {
    this.tracing = on;
    this.changes.length = 0;
  }

  private sayStep(global: number, args: Int32Array): void {
    const { step, statics } = this.points[global];
    if (!step.says) return;
    const values: Record<string, string | number> = { ...statics };
    step.inputs.forEach((name, i) => {
      values[name] = args[i];
    });
    this.changes.push(step.says.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? name)));
  }

  readonly coverage: Coverage;
}

/** One of those that the world itself drives. */
function lifecycleOf({ lifecycles }: WorldOptions, name: string): LifecycleTable {
  const table = lifecycles.get(name);
  if (!table) throw new Error(`there is no lifecycle '${name}'`);
  return table;
}

/** Calls after which a device is programmed. */
const ATTACHING: ReadonlySet<OperationName> = new Set(['attach', 'replace', 'bindNested']);

/** How a call may end: well, or with an errno. */
const OUTCOMES: readonly string[] = ['ok', ...Object.keys(ERRNO), 'other errno'];
const OUTCOME_OF = new Map(Object.values(ERRNO).map((value, i) => [value as number, i + 1]));

const VISIBLE = { reads: -1, writes: -1, visible: true } as const;
const INVISIBLE = { reads: 0, writes: 0, visible: false } as const;

/** A short sequence of choices from the number that an action carries. */
class Choices implements Random {
  constructor(private seed: number) {}
  below(bound: number): number {
    this.seed = (Math.imul(this.seed + 1, 0x9e3779b1) ^ (this.seed >>> 7)) >>> 0;
    return (this.seed >>> 8) % bound;
  }
}

/** What a kernel asks of its callers: their pages, their file descriptors. */
function callerFacts(world: World): CallerFacts {
  const { shape } = world;
  const frameOfPage = (physical: number) => dataFrameOf(physical, shape.frames);
  return {
    spaceHandle: (space) => (space < shape.spaces ? world.words[world.handlesAt + space] : 0),
    ownsFrame: (principal, frame) => world.machine.ram.owner(frame + 1) === principal + 2,
    framePage,
    pin: (frame) => world.state.set(world.pinsAt + frame, world.words[world.pinsAt + frame] + 1),
    unpin: (physical) => {
      const frame = frameOfPage(physical);
      if (frame < 0 || world.words[world.pinsAt + frame] === 0)
        return world.misuse('page unpinned that is not pinned');
      world.state.set(world.pinsAt + frame, world.words[world.pinsAt + frame] - 1);
    },
    pageNumber: (page) => shape.pages[page],
    slotExists: (device, slot) => world.authority.slotExists(0, device, slot),
    currentOperation: () => OPERATION_NAMES[world.agentStates.operation(world.agent())] as OperationName,
  };
}

function capacityOf(
  kind: ObjectKind,
  bounds: Parameters<ObjectKind['capacity']>[0],
  shape: WorldShape,
): number {
  switch (kind.one) {
    case 'device':
      return shape.devices.length;
    case 'group':
      return shape.groups;
    case 'iommu':
      return shape.iommus.length;
    case 'world':
      return 1;
    default:
      return kind.capacity(bounds);
  }
}

/** Lock families are what `lock` steps name. */
function lockFamilies(compiled: CompiledDesign): string[] {
  const families = new Set<string>();
  for (const point of compiled.points) if (point.statics.family) families.add(point.statics.family);
  return [...families].sort();
}
