import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { command } from '../cli/command.js';

/** What a stored trace of aux-domain, mended but for `detach-cannot-fail`, is found to violate. */
async function causesIn(name: string): Promise<string[]> {
  const file = fileURLToPath(new URL(`causes/${name}.json`, import.meta.url));
  const { out } = await command(['replay', file, '--json']);
  const { same, violations } = JSON.parse(out);
  expect(same).toBe(true);
  return violations.map(({ cause }: { cause: string }) => cause);
}

test('a detach that fails is at fault, not the unmap that has cleared its entry and is yet to flush', async () => {
  const causes = await causesIn('met-by-return');
  expect(causes).toContain('isolation:device-TLB entry:aux-domain/detachGroup/unlockGroup');
  expect(causes.join()).not.toContain('clearLeaf');
});

test('an attach that is refused has only hidden what a detach beside it has lost', async () => {
  expect(await causesIn('lost-beside')).toEqual([
    'mapped-means-reachable:translation lost beside a failing call, memory having run out:aux-domain/attachGroup/putFailed',
  ]);
});
