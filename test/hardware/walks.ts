import { expect } from 'vitest';
import { IDENTITY, ROW } from '../../src/vocabulary/architecture.js';
import { row, type TestMachine } from './machine.js';

/** What a walker leaves of an answer without a fault. */
interface Walker {
  readonly frame: number;
  readonly permission: number;
}

/** Both walkers answer a request, and the device's wish for its translation, in the same way. Returns the fault, or 0. */
export function sameAnswer<Naive extends Walker, Fast extends Walker>(
  naive: Naive,
  fast: Fast,
  answer: (walker: Naive | Fast, fault: number) => string,
  translate: (walker: Naive | Fast) => number,
  translationRequest: (walker: Naive | Fast) => number,
): number {
  const wish = translationRequest(naive);
  same(translationRequest(fast), wish);
  if (wish === 0) same(fast.permission, naive.permission);
  const fault = translate(naive);
  same(answer(fast, translate(fast)), answer(naive, fault));
  return fault;
}

/** Assertions without number take longer than the walks: one is made where it fails. */
function same<T extends number | string>(one: T, other: T): void {
  if (one !== other) expect(one).toBe(other);
}

const PAGES = [0, 1, 2, 6, 25, 512, 513, (1 << 18) + 1, 2 ** 27 + 1];

/**
 * The accesses in flight of a machine's closure of memory are what the walker finds, for each of the requests (a PASID, -1: none),
 * and its members of the kind `config` fault as it does. `found` hears of every translation.
 */
export function closureAsWalked(
  machine: TestMachine,
  walker: Walker,
  config: string,
  requests: readonly number[],
  translate: (request: number, page: number, permission: number) => number,
  found: (request: number) => void,
): void {
  const { kinds } = machine.architecture;
  const rows = [...machine.close()].map(row);
  const configs = rows.filter((r) => kinds[r[ROW.kind]].name === config);
  const flights = rows.filter(
    (r) => kinds[r[ROW.kind]].role === 'flight' && kinds[r[ROW.kind]].isTranslated !== true,
  );
  for (const request of requests) {
    for (const page of PAGES) {
      const isFound = translate(request, page, 0) === 0 && walker.permission !== 0;
      const reached = flights
        .filter((r) => r[ROW.extra] === request)
        .filter((r) => page >= r[ROW.page] && page < r[ROW.page] + 2 ** r[ROW.size])
        .map((r) => {
          const frame = r[ROW.frame] === IDENTITY ? page : r[ROW.frame] + page - r[ROW.page];
          return `${frame} ${r[ROW.attributes] & 3}`;
        });
      expect([...new Set(reached)], `request ${request} page ${page}`).toEqual(
        isFound ? [`${walker.frame} ${walker.permission}`] : [],
      );
      if (isFound) found(request);
      for (const permission of [1, 2, 3]) {
        const fault = translate(request, page, permission);
        expect(configs.map((r) => machine.bound.faultOf(r, 0, request, page, permission))).toEqual(
          configs.map(() => fault),
        );
      }
    }
  }
}
