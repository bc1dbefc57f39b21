import type { Violation } from '../vocabulary/violation.js';

/** Equal keys are one finding. */
export function findingKey(violation: Violation): string {
  return `${violation.property}\n${violation.cause}`;
}

/** The findings among `violations` that have this key; the model's own array is reused, so keep a {@link copyViolation}. */
export function findByKey(violations: readonly Violation[], key: string): Violation | undefined {
  return violations.find((violation) => findingKey(violation) === key);
}

export function copyViolation(violation: Violation): Violation {
  return { ...violation, explanation: [...violation.explanation] };
}

/** By property, then cause, in code unit order: no locale. */
export function compareFindings(a: Violation, b: Violation): number {
  const left = findingKey(a);
  const right = findingKey(b);
  return left < right ? -1 : left > right ? 1 : 0;
}
