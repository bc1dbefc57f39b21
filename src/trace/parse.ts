import type { DeviceShape, IommuShape, WorldShape } from '../vocabulary/shape.js';
import { STEP_KINDS } from '../vocabulary/step.js';
import { OPERATIONS, type OperationName, SPACE_KINDS } from '../vocabulary/operations.js';
import { type Trace, TRACE_VERSION, traceVersion, type TraceStep } from './format.js';

/** A trace that cannot be read: says in one line what is wrong with it and where. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}

/** Read the text of a trace file. Nothing that the format does not say is let through. */
export function parseTrace(text: string): Trace {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const cut = /^\s*\{/.test(text) && !/\}\s*$/.test(text);
    throw new TraceError(
      cut ? 'the trace is cut off: its end is missing' : 'not a trace: the text is not JSON',
    );
  }
  return readTrace(value);
}

/** Check a value read from JSON. */
export function readTrace(value: unknown): Trace {
  const at = new Reader(value, 'the trace');
  checkVersion(at.value.format);
  const trace: Trace = {
    format: at.text('format'),
    program: at.text('program'),
    design: at.text('design'),
    ...(at.has('file') && { file: at.text('file') }),
    driver: at.text('driver'),
    hardware: at.text('hardware'),
    mends: at.texts('mends'),
    without: at.texts('without'),
    ...(at.has('swaps') && { swaps: readSwaps(at) }),
    ...(at.has('properties') && { properties: at.texts('properties') }),
    shape: readShape(at.object('shape')),
    concrete: at.flag('concrete'),
    ...(at.has('found') && { found: readFound(at.object('found')) }),
    verdict: readVerdict(at.object('verdict')),
    operations: at.count('operations'),
    switches: at.count('switches'),
    finished: at.flag('finished'),
    steps: at.list('steps').map((step, i) => readStep(new Reader(step, `step ${i + 1}`))),
  };
  at.end();
  if (trace.steps.length === 0) throw new TraceError('the trace has no steps');
  checkOperations(trace);
  return trace;
}

function checkVersion(format: unknown): void {
  const version = traceVersion(format);
  if (version < 0) throw new TraceError(`not a trace: \`format\` is ${JSON.stringify(format) ?? 'missing'}`);
  if (version > TRACE_VERSION) {
    throw new TraceError(
      `the trace has version ${version}; this program reads up to ${TRACE_VERSION}: use a later iommu-check`,
    );
  }
}

/** Later steps name what they use by the operation that made it, so no two may have one name. */
function checkOperations({ steps, operations }: Trace): void {
  const names = new Set<string>();
  steps.forEach(({ operation }, i) => {
    if (operation === undefined) return;
    if (names.has(operation)) throw new TraceError(`step ${i + 1}: there is another operation ${operation}`);
    names.add(operation);
  });
  if (names.size !== operations)
    throw new TraceError(
      `the trace says that it has ${operations} operations; its steps begin ${names.size}`,
    );
}

function readSwaps(at: Reader): readonly (readonly [string, string])[] {
  return at.list('swaps').map((swap) => {
    if (!Array.isArray(swap) || swap.length !== 2 || !swap.every(isText))
      throw at.wrong('swaps', 'a list of pairs of steps');
    return [swap[0] as string, swap[1] as string];
  });
}

function readFound(at: Reader): Trace['found'] {
  const found = { seed: at.count('seed'), run: at.count('run') };
  at.end();
  return found;
}

function readVerdict(at: Reader): Trace['verdict'] {
  const verdict = {
    property: at.text('property'),
    cause: at.text('cause'),
    explanation: at.texts('explanation'),
    ...(at.has('fault') && { fault: at.choice('fault', ['design', 'driver']) }),
  };
  at.end();
  return verdict;
}

function readStep(at: Reader): TraceStep {
  const step = {
    agent: at.text('agent'),
    ...(at.has('operation') && { operation: at.text('operation') }),
    does: at.text('does'),
    ...(at.has('arguments') && { arguments: at.object('arguments').words() }),
    ...(at.has('alternative') && { alternative: at.count('alternative') }),
    ...(at.has('kind') && { kind: at.choice('kind', STEP_KINDS, 'a kind of step') }),
    changes: at.texts('changes'),
  };
  at.end();
  if (step.operation !== undefined) checkOperation(step, at);
  return step;
}

/** The step begins an operation that exists, with arguments that it has. */
function checkOperation({ operation = '', does, arguments: given = {} }: TraceStep, at: Reader): void {
  if (!/^o[1-9]\d*$/.test(operation)) throw at.wrong('operation', 'a name like o1');
  if (!Object.hasOwn(OPERATIONS, does)) throw new TraceError(`${at.where}: there is no operation '${does}'`);
  const known = Object.keys(OPERATIONS[does as OperationName].arguments);
  for (const name of Object.keys(given))
    if (name !== 'by' && !known.includes(name))
      throw new TraceError(`${at.where}: ${does} has no argument '${name}'`);
}

/** IOVA page numbers have 36 bits. */
const LAST_PAGE = 2 ** 36 - 1;

/** Sizes of arrays and bit fields depend on these numbers, so their ranges are checked here. */
function readShape(at: Reader): WorldShape {
  const groups = at.count('groups', 16, 1);
  const iommus = at
    .some('iommus', 4)
    .map((iommu, i) => readIommu(new Reader(iommu, `iommu ${i} of the shape`)));
  const devices = at
    .some('devices', 8)
    .map((device, i) => readDevice(new Reader(device, `device ${i} of the shape`), groups, iommus.length));
  const shape: WorldShape = {
    name: at.text('name'),
    devices,
    iommus,
    groups,
    principals: at.some('principals', 16) && at.texts('principals'),
    spaces: at.count('spaces', 15),
    frames: at.count('frames', 15),
    tables: at.count('tables', 4096),
    pages: at.some('pages', 64) && at.counts('pages', LAST_PAGE),
    largestSize: at.count('largestSize', 2),
    permissions: at.some('permissions', 3) && at.counts('permissions', 3),
    callers: at.count('callers', 8, 1),
    kernelDefault: at.choice('kernelDefault', ['identity', 'translated']),
    ...(at.has('without') && { without: at.names('without', Object.keys(OPERATIONS)) }),
    spaceKinds: at.names('spaceKinds', SPACE_KINDS),
    allocationFailures: at.count('allocationFailures', 1 << 20),
    badCalls: at.flag('badCalls'),
    queue: at.count('queue', 4096),
    pageRequests: at.count('pageRequests', 64),
  };
  at.end();
  return shape;
}

function readIommu(at: Reader): IommuShape {
  const iommu = {
    cachingMode: at.flag('cachingMode'),
    firstLevel: at.flag('firstLevel'),
    ...(at.has('directoryLevels') && { directoryLevels: at.count('directoryLevels', 3, 1) }),
    ...(at.has('tableLevels') && { tableLevels: at.count('tableLevels', 4, 3) }),
  };
  at.end();
  return iommu;
}

function readDevice(at: Reader, groups: number, iommus: number): DeviceShape {
  const device = {
    rid: at.count('rid', 0xffff),
    group: at.count('group', groups - 1),
    iommu: at.count('iommu', iommus - 1),
    ats: at.flag('ats'),
    pri: at.flag('pri'),
    slots: at.count('slots', 14),
    pasidBits: at.count('pasidBits', 20),
  };
  at.end();
  return device;
}

/** One object of the document. Remembers which fields were asked for: at the {@link end} there may be no others. */
class Reader {
  readonly value: Readonly<Record<string, unknown>>;
  private readonly asked = new Set<string>();

  constructor(
    value: unknown,
    readonly where: string,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new TraceError(`${where} is not an object`);
    this.value = value as Record<string, unknown>;
  }

  wrong(field: string, wanted: string): TraceError {
    const given = this.value[field];
    return new TraceError(
      `${this.where}: \`${field}\` ${given === undefined ? 'is missing' : `must be ${wanted}`}`,
    );
  }

  /** All fields have been asked for: any other is none of the format. */
  end(): void {
    const strange = Object.keys(this.value).find((field) => !this.asked.has(field));
    if (strange !== undefined) throw new TraceError(`${this.where}: unknown field \`${strange}\``);
  }

  /** Whether an optional field is there. */
  has(field: string): boolean {
    return this.ask(field) !== undefined;
  }

  private ask(field: string): unknown {
    this.asked.add(field);
    return this.value[field];
  }

  text(field: string): string {
    const value = this.ask(field);
    if (!isText(value)) throw this.wrong(field, 'a text of one line');
    return value;
  }

  choice<T extends string>(
    field: string,
    known: readonly T[],
    wanted = known.map((each) => `'${each}'`).join(' or '),
  ): T {
    const value = this.ask(field);
    if (!known.some((each) => each === value)) throw this.wrong(field, wanted);
    return value as T;
  }

  flag(field: string): boolean {
    const value = this.ask(field);
    if (typeof value !== 'boolean') throw this.wrong(field, 'true or false');
    return value;
  }

  count(field: string, most = Number.MAX_SAFE_INTEGER, least = 0): number {
    const value = this.ask(field);
    if (!isCount(value) || value < least || value > most)
      throw this.wrong(field, `a whole number from ${least} to ${most}`);
    return value;
  }

  list(field: string): readonly unknown[] {
    const value = this.ask(field);
    if (!Array.isArray(value)) throw this.wrong(field, 'a list');
    return value;
  }

  /** A list that is not empty. */
  some(field: string, most: number): readonly unknown[] {
    const list = this.list(field);
    if (list.length === 0 || list.length > most) throw this.wrong(field, `a list of 1 to ${most}`);
    return list;
  }

  texts(field: string): string[] {
    const list = this.list(field);
    if (!list.every(isText)) throw this.wrong(field, 'a list of texts of one line');
    return list as string[];
  }

  /** Texts that are all known. */
  names(field: string, known: readonly string[]): string[] {
    const names = this.texts(field);
    const strange = names.find((name) => !known.includes(name));
    if (strange !== undefined)
      throw new TraceError(`${this.where}: \`${field}\` names '${strange}', which does not exist`);
    return names;
  }

  counts(field: string, most: number): number[] {
    const list = this.list(field);
    if (!list.every((each) => isCount(each) && each <= most))
      throw this.wrong(field, `a list of whole numbers from 0 to ${most}`);
    return list as number[];
  }

  object(field: string): Reader {
    const value = this.ask(field);
    if (value === undefined) throw this.wrong(field, 'an object');
    return new Reader(value, `\`${field}\` of ${this.where}`);
  }

  /** The object itself, all of whose values are texts or numbers. */
  words(): Readonly<Record<string, string | number>> {
    for (const [field, value] of Object.entries(this.value)) {
      if (!isText(value) && !isCount(value)) throw this.wrong(field, 'a text or a whole number');
    }
    return this.value as Record<string, string | number>;
  }
}

/** What is shown on a terminal holds no control characters. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && !/\p{Cc}/u.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
