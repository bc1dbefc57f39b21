import {
  type AgentDefinition,
  BAD_CONDITIONS,
  type DesignDefinition,
  type DriverFeature,
  FIELD_TYPES,
  type Mend,
  type ObjectKind,
  type OperationAnswer,
} from '../vocabulary/design.js';
import { ERRNO } from '../vocabulary/errno.js';
import { isName, NAME_RULE } from '../vocabulary/name.js';
import { OPERATIONS } from '../vocabulary/operations.js';
import { STEP_KINDS, type Step } from '../vocabulary/step.js';
import { InputError, unknownName } from './input-error.js';

type Fields = Readonly<Record<string, unknown>>;
/** Every field of a type, and no other. */
type NamesOf<T> = { readonly [K in keyof T]-?: true };
type Procedure = Extract<OperationAnswer, { readonly procedure: string }>;

const DESIGN: NamesOf<DesignDefinition> = {
  ...{ name: true, title: true, source: true, driver: true, objects: true, pools: true, steps: true },
  ...{ procedures: true, operations: true, agents: true, mends: true, slots: true, pasidChosenBy: true },
  ...{ userDefault: true, attachScope: true, handlersHaveTables: true, needs: true },
};
const OBJECT: NamesOf<ObjectKind> = {
  ...{ name: true, fields: true, capacity: true, sort: true, order: true, one: true },
};
const MEND: NamesOf<Mend> = {
  ...{ name: true, flaw: true, repair: true, source: true, causes: true, unseenIn: true },
};
const AGENT: NamesOf<AgentDefinition> = { name: true, procedure: true, one: true };
const ANSWER: NamesOf<Procedure> = {
  ...{
    procedure: true,
    api: true,
    refuses: true,
    exhausts: true,
    withoutPri: true,
    shortage: true,
    busy: true,
    partial: true,
  },
};
const STEP: NamesOf<Step> = {
  ...{ kind: true, sight: true, inputs: true, statics: true, errors: true, instant: true },
  ...{ alternatives: true, skipped: true, bind: true, ready: true, says: true },
};
/** A pool of more identifiers than any hardware has tags would only take memory. */
const MOST_IDS = 1 << 20;

const FEATURES = ['pasid', 'nesting', 'ats', 'pri'] as const satisfies readonly DriverFeature[];
const ONE_OF = {
  slots: ['none', 'created', 'always'],
  pasidChosenBy: ['caller', 'design'],
  userDefault: ['blocked', 'asKernel'],
  attachScope: ['group', 'device'],
} as const;

/**
 * Whether a value is a design in every part that its type promises: a file of the user's is run without its types being checked.
 * Names are letters, digits and few signs, since they stand in the names of steps, causes and files. What its machines hold is
 * judged when they are compiled.
 */
export function checkDesign(value: unknown): asserts value is DesignDefinition {
  const design = fieldsOf(value, 'the default export');
  nameOf(design, 'the design');
  onlyOf(design, DESIGN, 'the design');
  for (const field of ['title', 'source', 'driver']) textOf(design, field, 'the design');
  functionOf(design, 'procedures', 'the design');
  for (const [field, choices] of Object.entries(ONE_OF)) oneOf(design, field, choices, 'the design');
  for (const object of listOf(design, 'objects', 'the design')) checkObject(object);
  for (const [name, pool] of Object.entries(optionalFields(design, 'pools'))) checkPool(name, pool);
  for (const [name, step] of Object.entries(fieldsOf(design.steps, '`steps`'))) checkStep(name, step);
  const mends = new Set<string>();
  for (const mend of listOf(design, 'mends', 'the design')) {
    const name = checkMend(mend);
    if (mends.has(name)) throw new InputError(`mend ${name}: there is another of that name`);
    mends.add(name);
  }
  for (const agent of design.agents === undefined ? [] : listOf(design, 'agents', 'the design')) {
    const fields = fieldsOf(agent, 'an agent');
    const name = nameOf(fields, 'an agent');
    onlyOf(fields, AGENT, `agent ${name}`);
    textOf(fields, 'procedure', `agent ${name}`);
    oneOf(fields, 'one', ['world', 'iommu', 'device'], `agent ${name}`);
  }
  for (const need of design.needs === undefined ? [] : listOf(design, 'needs', 'the design')) {
    if (!FEATURES.some((each) => each === need)) throw unknownName('feature', String(need), FEATURES);
  }
  checkOperations(fieldsOf(design.operations, '`operations`'));
}

function checkObject(value: unknown): void {
  const object = fieldsOf(value, 'a kind of object');
  const where = `kind ${nameOf(object, 'a kind of object')}`;
  onlyOf(object, OBJECT, where);
  functionOf(object, 'capacity', where);
  if (object.one !== undefined) oneOf(object, 'one', ['device', 'group', 'iommu', 'world'], where);
  const fields = fieldsOf(object.fields, `\`fields\` of ${where}`);
  for (const field of Object.keys(fields)) oneOf(fields, field, FIELD_TYPES, `\`fields\` of ${where}`);
}

function checkPool(name: string, value: unknown): void {
  const { low, high } = fieldsOf(value, `pool ${name}`);
  const fits = Number.isSafeInteger(low) && Number.isSafeInteger(high);
  if (!fits || (low as number) < 0 || (low as number) > (high as number))
    throw new InputError(`pool ${name}: \`low\` and \`high\` must be whole numbers, the lower one first`);
  if ((high as number) >= MOST_IDS) throw new InputError(`pool ${name}: \`high\` must be below ${MOST_IDS}`);
}

function checkStep(name: string, value: unknown): void {
  const where = `step ${name}`;
  const step = fieldsOf(value, where);
  onlyOf(step, STEP, where);
  oneOf(step, 'kind', STEP_KINDS, where);
  functionOf(step, 'bind', where);
  if (!Number.isInteger(step.skipped)) throw new InputError(`${where}: \`skipped\` must be a whole number`);
  const inputs = listOf(step, 'inputs', where);
  if (inputs.length > 5 || !inputs.every((each) => typeof each === 'string'))
    throw new InputError(`${where}: \`inputs\` must be up to five names`);
  for (const errno of step.errors === undefined ? [] : listOf(step, 'errors', where))
    checkErrno(errno, where);
  if (step.statics !== undefined && !listOf(step, 'statics', where).every((each) => typeof each === 'string'))
    throw new InputError(`${where}: \`statics\` must be a list of names`);
  if (step.sight !== undefined) oneOf(step, 'sight', ['software', 'hardware'], where);
  if (step.ready !== undefined) functionOf(step, 'ready', where);
  if (step.says !== undefined) textOf(step, 'says', where);
  if (step.instant !== undefined && typeof step.instant !== 'boolean')
    throw new InputError(`${where}: \`instant\` must be true or false`);
  const { alternatives = 1 } = step;
  if (!Number.isInteger(alternatives) || Number(alternatives) < 1 || Number(alternatives) > 16)
    throw new InputError(`${where}: \`alternatives\` must be a whole number from 1 to 16`);
}

function checkMend(value: unknown): string {
  const mend = fieldsOf(value, 'a mend');
  const name = nameOf(mend, 'a mend');
  const where = `mend ${name}`;
  onlyOf(mend, MEND, where);
  for (const field of ['flaw', 'repair', 'source']) textOf(mend, field, where);
  if (!listOf(mend, 'causes', where).every((cause) => typeof cause === 'string'))
    throw new InputError(`${where}: \`causes\` must be a list of texts`);
  return name;
}

function checkOperations(operations: Fields): void {
  for (const name of Object.keys(operations))
    if (!Object.hasOwn(OPERATIONS, name)) throw unknownName('operation', name, Object.keys(OPERATIONS));
  const missing = Object.keys(OPERATIONS).filter((name) => !Object.hasOwn(operations, name));
  if (missing.length > 0) {
    throw new InputError(
      `no answer to operation '${missing[0]}'${missing.length > 1 ? ` and ${missing.length - 1} others` : ''}; give a procedure, or say { cannot: reason }`,
    );
  }
  for (const [name, value] of Object.entries(operations)) checkAnswer(name, value);
}

function checkAnswer(operation: string, value: unknown): void {
  const where = `operation ${operation}`;
  const answer = fieldsOf(value, where);
  if ('byTheWorld' in answer) return;
  if ('cannot' in answer) {
    onlyOf(answer, { cannot: true }, where);
    return void textOf(answer, 'cannot', where);
  }
  onlyOf(answer, ANSWER, where);
  textOf(answer, 'procedure', where);
  textOf(answer, 'api', where);
  for (const [condition, call] of Object.entries(optionalFields(answer, 'refuses'))) {
    if (!BAD_CONDITIONS.some((each) => each === condition))
      throw new InputError(`${where}: ${unknownName('condition', condition, BAD_CONDITIONS).reason}`);
    const { errno, unsayable } = fieldsOf(call, `${where}: ${condition}`);
    if (errno === undefined && typeof unsayable !== 'string')
      throw new InputError(`${where}: ${condition} must be { errno } or { unsayable: reason }`);
    if (typeof unsayable === 'string' || errno === 'void') continue;
    for (const each of [errno].flat()) checkErrno(each, where);
  }
  for (const field of ['exhausts', 'shortage', 'withoutPri', 'busy']) {
    if (answer[field] !== undefined)
      for (const errno of listOf(answer, field, where)) checkErrno(errno, where);
  }
}

function checkErrno(value: unknown, where: string): void {
  if (typeof value !== 'string' || !Object.hasOwn(ERRNO, value))
    throw new InputError(`${where}: ${unknownName('errno', String(value), Object.keys(ERRNO)).reason}`);
}

function onlyOf(object: Fields, known: Readonly<Record<string, true>>, where: string): void {
  const names = Object.keys(known);
  for (const name of Object.keys(object))
    if (!names.includes(name)) throw new InputError(`${where}: ${unknownName('field', name, names).reason}`);
}

function fieldsOf(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InputError(`${where} must be an object`);
  return value as Fields;
}

function optionalFields(object: Fields, field: string): Fields {
  return object[field] === undefined ? {} : fieldsOf(object[field], `\`${field}\``);
}

function listOf(object: Fields, field: string, where: string): readonly unknown[] {
  const value = object[field];
  if (!Array.isArray(value)) throw new InputError(`${where}: \`${field}\` must be a list`);
  return value;
}

function textOf(object: Fields, field: string, where: string): string {
  const value = object[field];
  if (typeof value !== 'string') throw new InputError(`${where}: \`${field}\` must be a text`);
  return value;
}

function nameOf(object: Fields, where: string): string {
  const name = textOf(object, 'name', where);
  if (!isName(name)) throw new InputError(`${where}: \`name\` ${NAME_RULE}; it is ${JSON.stringify(name)}`);
  return name;
}

function functionOf(object: Fields, field: string, where: string): void {
  if (typeof object[field] !== 'function') throw new InputError(`${where}: \`${field}\` must be a function`);
}

function oneOf(object: Fields, field: string, choices: readonly string[], where: string): void {
  if (!choices.includes(object[field] as string))
    throw new InputError(`${where}: \`${field}\` must be one of ${choices.join(', ')}`);
}
