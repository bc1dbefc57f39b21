import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { qemuVersion } from '../../src/oracles/qemu/qtest.js';
import { command, inFolder } from './command.js';
import { departures } from './schema.js';

const isThere = Number.parseInt(qemuVersion('qemu-system-x86_64') ?? '0', 10) >= 10;
if (process.env.CI && !isThere)
  throw new Error('QEMU 10 is missing: scripts/install-qemu.sh installs it on Debian');

describe.skipIf(!isThere)('conformance qemu', () => {
  test('prints one document, the same for the same seed', () =>
    inFolder(async (folder) => {
      const args = ['conformance', 'qemu', '--hardware', 'vtd', '--runs', '5', '--out', folder, '--json'];
      const { code, out, err } = await command(args);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const document = JSON.parse(out);
      expect(departures('conformance', document)).toEqual([]);
      expect(document).toMatchObject({ verdict: 'agrees', cases: 15, differences: [], stopped: [] });
      expect((await command(args)).out).toBe(out);
    }));

  test('a table for people, and one for the docs', () =>
    inFolder(async (folder) => {
      const args = [
        'conformance',
        'qemu',
        '--hardware',
        'vtd',
        '--mode',
        'second',
        '--runs',
        '2',
        '--out',
        folder,
      ];
      expect((await command(args)).out).toMatch(/vtd +second +2 .*agrees/);
      expect((await command([...args, '--markdown'])).out).toMatch(/^\| hardware \| mode \|/);
    }));

  test('a case is replayed from its file', () =>
    inFolder(async (folder) => {
      const pinned = new URL('../oracles/qemu/vtd/planted.json', import.meta.url);
      const [{ case: c }] = JSON.parse(await readFile(pinned, 'utf8'));
      const file = join(folder, 'case.json');
      await writeFile(file, JSON.stringify(c));
      const { code, out } = await command(['conformance', 'qemu', '--replay', file]);
      expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('agrees') });
      const json = await command(['conformance', 'qemu', '--replay', file, '--json']);
      expect(departures('conformance', JSON.parse(json.out))).toEqual([]);
    }));
});

test.each([
  [['--hardware', 'vtdd'], /unknown hardware that QEMU emulates 'vtdd': did you mean vtd/],
  [['--mode', 'secnd'], /unknown mode 'secnd': did you mean second/],
  [['--runs', '0'], /whole number/],
])('%j is refused in a line', async (args, says) => {
  const { code, err } = await command(['conformance', 'qemu', ...args]);
  expect(code).toBe(2);
  expect(err).toMatch(says);
});

test('a file that holds no case is refused in a line', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'case.json');
    await writeFile(
      file,
      '{"hardware":"vtd","mode":"second","root":1,"rootMode":0,"stores":["x"],"actions":[]}',
    );
    const { code, err } = await command(['conformance', 'qemu', '--replay', file]);
    expect(code).toBe(2);
    expect(err).toMatch(/case\.json: no case: it holds 'x', which is no store/);
    expect((await command(['conformance', 'qemu', '--replay', join(folder, 'none.json')])).code).toBe(2);
  }));

test('without QEMU the command says how to get it', async () => {
  const path = process.env.PATH;
  process.env.PATH = '';
  try {
    const { code, err } = await command(['conformance', 'qemu', '--hardware', 'vtd']);
    expect(code).toBe(2);
    expect(err).toMatch(
      /^iommu-check: .*QEMU 10 is needed; on Debian scripts\/install-qemu\.sh installs it\n$/,
    );
  } finally {
    process.env.PATH = path;
  }
});
