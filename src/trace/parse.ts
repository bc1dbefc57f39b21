import type { WorldShape } from '../vocabulary/shape.js';
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
  const format = at.value.format;
  const version = traceVersion(format);
  if (version < 0) throw new TraceError(`not a trace: \`format\` is ${JSON.stringify(format) ?? 'missing'}`);
  if (version > TRACE_VERSION) {
    throw new TraceError(
      `the trace has version ${version}; this program reads up to ${TRACE_VERSION}: use a later iommu-check`,
    );
  }
  at.only(
    ...[
      'format',
      'program',
      'design',
      'file',
      'driver',
      'hardware',
      'mends',
      'without',
      'shape',
      'concrete',
      'found',
      'verdict',
    ],
    ...['operations', 'switches', 'finished', 'steps'],
  );
  const trace: Trace = {
    format: at.text('format'),
    program: at.text('program'),
    design: at.text('design'),
    ...(at.value.file !== undefined && { file: at.text('file') }),
    driver: at.text('driver'),
    hardware: at.text('hardware'),
    mends: at.texts('mends'),
    without: at.texts('without'),
    shape: readShape(at.object('shape')),
    concrete: at.flag('concrete'),
    ...(at.value.found !== undefined && { found: readFound(at.object('found')) }),
    verdict: readVerdict(at.object('verdict')),
    operations: at.count('operations'),
    switches: at.count('switches'),
    finished: at.flag('finished'),
    steps: at.list('steps').map((step, i) => readStep(new Reader(step, `step ${i + 1}`))),
  };
  if (trace.steps.length === 0) throw new TraceError('the trace has no steps');
  checkOperations(trace);
  return trace;
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

function readFound(at: Reader): { seed: number; run: number } {
  at.only('seed', 'run');
  return { seed: at.count('seed'), run: at.count('run') };
}

function readVerdict(at: Reader): Trace['verdict'] {
  at.only('property', 'cause', 'explanation', 'fault');
  const fault = at.value.fault;
  if (fault !== undefined && fault !== 'design' && fault !== 'driver')
    throw at.wrong('fault', "'design' or 'driver'");
  return {
    property: at.text('property'),
    cause: at.text('cause'),
    explanation: at.texts('explanation'),
    ...(fault !== undefined && { fault }),
  };
}

function readStep(at: Reader): TraceStep {
  at.only('agent', 'operation', 'does', 'arguments', 'alternative', 'kind', 'changes');
  const { operation, alternative, kind } = at.value;
  const does = at.text('does');
  if (operation !== undefined) {
    if (!/^o[1-9]\d*$/.test(at.text('operation'))) throw at.wrong('operation', 'a name like o1');
    if (!Object.hasOwn(OPERATIONS, does))
      throw new TraceError(`${at.where}: there is no operation '${does}'`);
    const known = Object.keys(OPERATIONS[does as OperationName].arguments);
    for (const name of Object.keys(at.value.arguments ?? {}))
      if (name !== 'by' && !known.includes(name))
        throw new TraceError(`${at.where}: ${does} has no argument '${name}'`);
  }
  if (kind !== undefined && !STEP_KINDS.some((each) => each === kind))
    throw at.wrong('kind', 'a kind of step');
  return {
    agent: at.text('agent'),
    ...(operation !== undefined && { operation: at.text('operation') }),
    does,
    ...(at.value.arguments !== undefined && { arguments: at.object('arguments').words() }),
    ...(alternative !== undefined && { alternative: at.count('alternative') }),
    ...(kind !== undefined && { kind: kind as TraceStep['kind'] }),
    changes: at.texts('changes'),
  };
}

/** IOVA page numbers have 36 bits. */
const LAST_PAGE = 2 ** 36 - 1;

/** Sizes of arrays and bit fields depend on these numbers, so their ranges are checked here. */
function readShape(at: Reader): WorldShape {
  at.only(
    ...[
      'name',
      'devices',
      'iommus',
      'groups',
      'principals',
      'spaces',
      'frames',
      'tables',
      'pages',
      'largestSize',
    ],
    ...[
      'permissions',
      'callers',
      'kernelDefault',
      'without',
      'spaceKinds',
      'allocationFailures',
      'badCalls',
      'queue',
    ],
    'pageRequests',
  );
  const groups = at.count('groups', 16, 1);
  const iommus = at.some('iommus', 4).map((iommu, i) => {
    const one = new Reader(iommu, `iommu ${i} of the shape`);
    one.only('cachingMode', 'firstLevel');
    return { cachingMode: one.flag('cachingMode'), firstLevel: one.flag('firstLevel') };
  });
  const devices = at.some('devices', 8).map((device, i) => {
    const one = new Reader(device, `device ${i} of the shape`);
    one.only('rid', 'group', 'iommu', 'ats', 'pri', 'slots', 'pasidBits');
    return {
      rid: one.count('rid', 0xffff),
      group: one.count('group', groups - 1),
      iommu: one.count('iommu', iommus.length - 1),
      ats: one.flag('ats'),
      pri: one.flag('pri'),
      slots: one.count('slots', 14),
      pasidBits: one.count('pasidBits', 20),
    };
  });
  const kernelDefault = at.value.kernelDefault;
  if (kernelDefault !== 'identity' && kernelDefault !== 'translated')
    throw at.wrong('kernelDefault', "'identity' or 'translated'");
  return {
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
    kernelDefault,
    ...(at.value.without !== undefined && { without: at.names('without', Object.keys(OPERATIONS)) }),
    spaceKinds: at.names('spaceKinds', SPACE_KINDS),
    allocationFailures: at.count('allocationFailures', 1 << 20),
    badCalls: at.flag('badCalls'),
    queue: at.count('queue', 4096),
    pageRequests: at.count('pageRequests', 64),
  };
}

/** One object of the document. */
class Reader {
  readonly value: Readonly<Record<string, unknown>>;

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

  only(...fields: string[]): void {
    const strange = Object.keys(this.value).find((field) => !fields.includes(field));
    if (strange !== undefined) throw new TraceError(`${this.where}: unknown field \`${strange}\``);
  }

  text(field: string): string {
    const value = this.value[field];
    if (!isText(value)) throw this.wrong(field, 'a text of one line');
    return value;
  }

  flag(field: string): boolean {
    const value = this.value[field];
    if (typeof value !== 'boolean') throw this.wrong(field, 'true or false');
    return value;
  }

  count(field: string, most = Number.MAX_SAFE_INTEGER, least = 0): number {
    const value = this.value[field];
    if (!isCount(value) || value < least || value > most)
      throw this.wrong(field, `a whole number from ${least} to ${most}`);
    return value;
  }

  list(field: string): readonly unknown[] {
    const value = this.value[field];
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
    if (this.value[field] === undefined) throw this.wrong(field, 'an object');
    return new Reader(this.value[field], `\`${field}\` of ${this.where}`);
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
