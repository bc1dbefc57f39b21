import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { caseFromJson } from '../../../src/oracles/qemu/case.js';
import { runCase, runMode } from '../../../src/oracles/qemu/conformance.js';
import { qemuVersion } from '../../../src/oracles/qemu/qtest.js';
import type { TargetMode } from '../../../src/oracles/qemu/target.js';
import { loadTargets } from './targets.js';

const [target] = await loadTargets();
const [mode] = target.modes;

/** What stands in for QEMU does with each line it is sent; without a body it does not even connect. */
const PROGRAMS = {
  ends: { body: '', instead: "process.stderr.write('no machine'); process.exitCode = 1;" },
  neverConnects: { body: '', instead: 'setInterval(() => {}, 1000);' },
  answersGarbage: { body: "socket.write('GARBAGE\\n');" },
  // Each case begins by clearing its tables.
  diesOfCases: { body: "if (line.startsWith('memset')) process.exit(7); socket.write('OK 0x0\\n');" },
  hangsOnCases: { body: "if (!line.startsWith('memset')) socket.write('OK 0x0\\n'); else socket.pause();" },
} as const satisfies Record<string, { body: string; instead?: string }>;

function source({ body, instead }: { readonly body: string; readonly instead?: string }): string {
  if (instead !== undefined) return `#!${process.execPath}\n${instead}\n`;
  return `#!${process.execPath}
const path = process.argv[process.argv.indexOf('-qtest') + 1].replace('unix:', '');
const socket = require('node:net').connect(path);
socket.on('error', () => process.exit(0)).setEncoding('utf8').on('data', (text) => {
  for (const line of text.split('\\n').filter(Boolean)) { ${body} }
});
`;
}

let folder: string;
const outer = process.env.TMPDIR;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iommu-check-test-'));
  process.env.TMPDIR = folder;
});
afterEach(async () => {
  if (outer === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = outer;
  await rm(folder, { recursive: true, force: true });
});

/** Patience in milliseconds: what connects must have the time to, on a busy machine too. */
async function standIn(name: keyof typeof PROGRAMS, patience = 4000): Promise<TargetMode> {
  const program = join(folder, 'qemu');
  await writeFile(program, source(PROGRAMS[name]));
  await chmod(program, 0o755);
  return { ...mode, launch: { ...mode.launch, program, patience } };
}

describe('a QEMU that does not do its work ends the mode, and leaves nothing behind', () => {
  test.each([
    { name: 'ends', stops: 1, atStart: true, reason: /^QEMU ended \(1\) no machine$/ },
    {
      name: 'neverConnects',
      patience: 300,
      stops: 1,
      atStart: true,
      reason: /^QEMU did not connect for 0\.3 s$/,
    },
    { name: 'answersGarbage', stops: 1, atStart: true, reason: /^QEMU answers 'GARBAGE' to / },
    { name: 'diesOfCases', stops: 3, atStart: false, reason: /^QEMU ended \(7\)$/ },
    { name: 'hangsOnCases', runs: 1, stops: 1, atStart: false, reason: /^QEMU did not answer for 4 s$/ },
  ] as const)('$name', async ({ name, stops, atStart, reason, ...limits }) => {
    const { runs, patience } = { runs: 20, patience: undefined, ...limits };
    const { cases, compared, stopped } = await runMode(target, await standIn(name, patience), runs, 1);
    expect({ cases, compared, stops: stopped.length }).toEqual({ cases: 0, compared: 0, stops });
    for (const one of stopped) {
      expect(one.reason).toMatch(reason);
      expect(one.atStart).toBe(atStart);
    }
    expect(await readdir(folder)).toEqual(['qemu']);
  });
});

test('a signal ends the mode after the case, and a QEMU that it ended too is no news', async () => {
  let asked = 0;
  const result = await runMode(target, await standIn('diesOfCases'), 20, 1, {
    interrupted: () => asked++ > 0,
  });
  expect(result).toMatchObject({ cases: 0, stopped: [], found: undefined });
  expect(await readdir(folder)).toEqual(['qemu']);
});

test('a case that is replayed is not agreed on either', async () => {
  const c = caseFromJson(target.deviations[0].shows);
  const { cases, found, stopped } = await runCase(target, await standIn('diesOfCases'), c);
  expect({ cases, found }).toEqual({ cases: 0, found: undefined });
  expect(stopped).toEqual([{ case: c, reason: 'QEMU ended (7)', atStart: false }]);
  expect(await readdir(folder)).toEqual(['qemu']);
});

test('a program says its version, or nothing of use, or is not there', async () => {
  expect(qemuVersion((await standIn('ends')).launch.program)).toBe('');
  expect(qemuVersion(join(folder, 'none'))).toBeUndefined();
});
