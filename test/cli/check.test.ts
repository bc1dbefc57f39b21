import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type Ended, built, command, inFolder } from './command.js';
import { departures } from './schema.js';

const SHORT = ['check', '--runs', '2', '--depth', '1', '--no-timing', '--workers', '2'];

let text: Ended;
let files: string[];
let document: {
  verdict: string;
  designs: {
    design: string;
    mended: boolean;
    expected: boolean;
    surprises: string[];
    report: { violations: { cause: string; file: string }[] };
  }[];
};

beforeAll(
  () =>
    inFolder(async (folder) => {
      text = await built(SHORT, { cwd: folder });
      files = (await readdir(join(folder, 'traces'))).sort();
      const json = await built([...SHORT, '--json'], { cwd: folder });
      expect(json.err).toBe('');
      document = JSON.parse(json.out);
      for (const { report } of document.designs)
        for (const { file } of report.violations)
          expect((await stat(join(folder, file))).isFile()).toBe(true);
    }),
  240_000,
);

test('its document keeps to its schema, and its verdict follows from the designs', () => {
  expect(departures('check', document)).toEqual([]);
  expect(document.designs.map(({ design, mended }) => `${design} ${mended}`)).toEqual(
    ['false', 'true'].flatMap((mended) =>
      ['aux-domain', 'ioasid', 'iommufd', 'primary-domain'].map((design) => `${design} ${mended}`),
    ),
  );
  const isExpected = document.designs.every(({ expected }) => expected);
  expect(document.verdict).toBe(isExpected ? 'expected' : 'unexpected');
  expect(text.code).toBe(isExpected ? 0 : 1);
  for (const { expected, surprises } of document.designs) expect(expected).toBe(surprises.length === 0);
});

test('it ends with one table that fits into 80 columns', () => {
  expect(text.err).toBe('');
  const table = text.out.slice(text.out.lastIndexOf('\nproperty '));
  const lines = table.split('\n').filter((line) => line !== '');
  expect(lines.filter((line) => line.startsWith('  isolation '))).toHaveLength(2);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(text.out.split('property     ')).toHaveLength(2);
});

test('it shows a counterexample of each broken design, none longer than a screen, and leaves every trace', () => {
  for (const { design, mended, report } of document.designs) {
    for (const { file } of report.violations) expect(files).toContain(file.replace(/^traces\//, ''));
    if (mended || report.violations.length === 0) continue;
    const at = text.out.indexOf(`${design}, as it was: the`);
    expect(at).toBeGreaterThanOrEqual(0);
    const shown = text.out.slice(at, text.out.indexOf('  cause: ', at)).split('\n');
    expect(shown.length).toBeLessThan(62);
  }
});

test('interrupted, it does not say that every design ended as expected', () =>
  inFolder(async (folder) => {
    const onInterrupt = (stop: () => void) => {
      stop();
      return () => {};
    };
    const { code, out } = await command([...SHORT, '--json'], { folder, onInterrupt });
    const document = JSON.parse(out);
    expect(departures('check', document)).toEqual([]);
    expect(document).toMatchObject({ interrupted: true, verdict: 'unexpected' });
    expect(code).toBe(1);
  }));
