import { GUARDS, type Params } from './primitives.js';

/** A named guard for people: `result = 0`, `kind = 3`, `old ≠ domain`. */
export function guardText(name: string, params: Params = {}): string {
  if (!Object.hasOwn(GUARDS, name)) return `${name} ${Object.values(params).join(' ')}`.trim();
  const { left, right, sign } = GUARDS[name as keyof typeof GUARDS];
  return `${left === 'result' || left === 'error' ? left : params[left]} ${sign} ${params[right]}`;
}
