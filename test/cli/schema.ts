import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './command.js';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
}

/** Where a document departs from a schema of `docs/schema`; empty when nowhere. Covers what those schemas use, and no more. */
export function departures(name: string, document: unknown): string[] {
  return against(read(`${name}.schema.json`), document, '$');
}

function read(file: string): Schema {
  return JSON.parse(readFileSync(join(root, 'docs/schema', file), 'utf8'));
}

function against(schema: Schema, value: unknown, at: string): string[] {
  if (schema.$ref !== undefined) return against(read(schema.$ref), value, at);
  if ('const' in schema && value !== schema.const) return [`${at} is not ${JSON.stringify(schema.const)}`];
  if (schema.enum && !schema.enum.includes(value)) return [`${at} is none of ${schema.enum.join(', ')}`];
  if (schema.type !== undefined) {
    const types = [schema.type].flat();
    if (!types.some((type) => hasType(value, type))) return [`${at} is not of type ${types.join(' or ')}`];
  }
  if (typeof value === 'number' && schema.minimum !== undefined && value < schema.minimum)
    return [`${at} is below ${schema.minimum}`];
  if (typeof value === 'string' && schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)) {
    return [`${at} does not match ${schema.pattern}`];
  }
  if (Array.isArray(value))
    return value.flatMap((item, i) => (schema.items ? against(schema.items, item, `${at}[${i}]`) : []));
  if (typeof value !== 'object' || value === null) return [];
  const missing = (schema.required ?? [])
    .filter((field) => !Object.hasOwn(value, field))
    .map((field) => `${at}.${field} is missing`);
  const fields = Object.entries(value).flatMap(([field, inner]) => {
    const known = schema.properties?.[field] ?? schema.additionalProperties;
    if (known === false) return [`${at}.${field} is unknown`];
    return typeof known === 'object' ? against(known, inner, `${at}.${field}`) : [];
  });
  return [...missing, ...fields];
}

function hasType(value: unknown, type: string): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
