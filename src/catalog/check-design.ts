import { BAD_CONDITIONS, type DesignDefinition, type DriverFeature } from '../vocabulary/design.js';
import { ERRNO } from '../vocabulary/errno.js';
import { OPERATIONS } from '../vocabulary/operations.js';
import { STEP_KINDS } from '../vocabulary/step.js';
import { InputError, unknownName } from './input-error.js';

type Fields = Readonly<Record<string, unknown>>;

const FEATURES = ['pasid', 'nesting', 'ats', 'pri'] as const satisfies readonly DriverFeature[];
const FIELD_TYPES = ['int', 'frame', 'ref'];
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
  for (const field of ['title', 'source', 'driver']) textOf(design, field, 'the design');
  functionOf(design, 'procedures', 'the design');
  for (const [field, choices] of Object.entries(ONE_OF)) oneOf(design, field, choices, 'the design');
  for (const object of listOf(design, 'objects', 'the design')) checkObject(object);
  for (const [name, pool] of Object.entries(optionalFields(design, 'pools'))) checkPool(name, pool);
  for (const [name, step] of Object.entries(fieldsOf(design.steps, '`steps`'))) checkStep(name, step);
  for (const mend of listOf(design, 'mends', 'the design')) checkMend(mend);
  for (const agent of design.agents === undefined ? [] : listOf(design, 'agents', 'the design')) {
    const fields = fieldsOf(agent, 'an agent');
    const name = nameOf(fields, 'an agent');
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
}

function checkStep(name: string, value: unknown): void {
  const where = `step ${name}`;
  const step = fieldsOf(value, where);
  oneOf(step, 'kind', STEP_KINDS, where);
  functionOf(step, 'bind', where);
  if (!Number.isInteger(step.skipped)) throw new InputError(`${where}: \`skipped\` must be a whole number`);
  const inputs = listOf(step, 'inputs', where);
  if (inputs.length > 5 || !inputs.every((each) => typeof each === 'string'))
    throw new InputError(`${where}: \`inputs\` must be up to five names`);
  for (const errno of step.errors === undefined ? [] : listOf(step, 'errors', where))
    checkErrno(errno, where);
}

function checkMend(value: unknown): void {
  const mend = fieldsOf(value, 'a mend');
  const where = `mend ${nameOf(mend, 'a mend')}`;
  for (const field of ['flaw', 'repair', 'source']) textOf(mend, field, where);
  listOf(mend, 'causes', where);
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
  if ('cannot' in answer) return void textOf(answer, 'cannot', where);
  textOf(answer, 'procedure', where);
  textOf(answer, 'api', where);
  for (const [condition, call] of Object.entries(optionalFields(answer, 'refuses'))) {
    if (!BAD_CONDITIONS.some((each) => each === condition))
      throw new InputError(`${where}: ${unknownName('condition', condition, BAD_CONDITIONS).reason}`);
    const { errno, unsayable } = fieldsOf(call, `${where}: ${condition}`);
    if (typeof unsayable === 'string' || errno === 'void') continue;
    for (const each of [errno].flat()) checkErrno(each, where);
  }
  for (const field of ['exhausts', 'busy']) {
    if (answer[field] !== undefined)
      for (const errno of listOf(answer, field, where)) checkErrno(errno, where);
  }
}

function checkErrno(value: unknown, where: string): void {
  if (typeof value !== 'string' || !Object.hasOwn(ERRNO, value))
    throw new InputError(`${where}: ${unknownName('errno', String(value), Object.keys(ERRNO)).reason}`);
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
  if (!/^[\w.@-]+$/.test(name)) {
    throw new InputError(
      `${where}: \`name\` must be made of letters, digits, '-', '_', '.' and '@'; it is ${JSON.stringify(name)}`,
    );
  }
  return name;
}

function functionOf(object: Fields, field: string, where: string): void {
  if (typeof object[field] !== 'function') throw new InputError(`${where}: \`${field}\` must be a function`);
}

function oneOf(object: Fields, field: string, choices: readonly string[], where: string): void {
  if (!choices.includes(object[field] as string))
    throw new InputError(`${where}: \`${field}\` must be one of ${choices.join(', ')}`);
}
