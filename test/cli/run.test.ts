import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseTrace } from '../../src/trace/parse.js';
import { command, inFolder, root } from './command.js';
import { departures } from './schema.js';

const example = join(root, 'examples/work-queues.ts');
const RUN = ['run', example, '--runs', '50', '--seed', '3', '--property', 'isolation', '--no-timing'];

describe('run', () => {
  test(
    'finds, shows and writes the flaw of the example, which replays and is minimal',
    () =>
      inFolder(async (folder) => {
        const { code, out, err } = await command([...RUN, '--out', folder]);
        expect({ code, err }).toEqual({ code: 1, err: '' });
        expect(out).toContain('violated isolation  work-queues on vtd@7');
        expect(out).not.toContain('seconds');
        const [name] = await readdir(folder);
        expect(name).toBe('work-queues-isolation-1.json');
        const file = join(folder, name);
        const trace = parseTrace(await readFile(file, 'utf8'));
        expect(trace.verdict.property).toBe('isolation');
        expect(trace.file).toBe(example);

        const shown = await command(['show', file, '--format', 'text']);
        expect(shown.code).toBe(0);
        const again = await command(['replay', file]);
        expect(again).toEqual({
          code: 1,
          out: `${shown.out}\nthe trace fails as it was recorded\n`,
          err: '',
        });
        const replayed = await command(['replay', file, '--json']);
        expect(departures('replay', JSON.parse(replayed.out))).toEqual([]);
        expect(JSON.parse(replayed.out)).toMatchObject({ verdict: 'violated', same: true, skipped: [] });

        // On another design every operation that can be called is carried out, by that design's own steps.
        const onMended = JSON.parse((await command(['replay', file, '--mended', '--json'])).out);
        expect(onMended).toMatchObject({ verdict: 'holds', same: false });
        expect(onMended.skipped).not.toEqual([]);
        expect(onMended.steps).toBeGreaterThan(trace.steps.length / 2);
        const elsewhere = await command(['replay', file, '--design', 'ioasid']);
        expect(elsewhere.out).toMatch(/recorded steps mean nothing there, its own were taken/);

        const shrunk = await command(['shrink', file, '--json', '--out', join(folder, 'minimal.json')]);
        expect(shrunk.code).toBe(1);
        expect(shrunk.out).toBe(await readFile(join(folder, 'minimal.json'), 'utf8'));
        expect(parseTrace(shrunk.out).operations).toBe(trace.operations);
      }),
    120_000,
  );

  test('prints a document of its schema', async () => {
    const { code, out } = await command([...RUN.slice(0, -1), '--json', '--stats']);
    const document = JSON.parse(out);
    expect(departures('run', document)).toEqual([]);
    expect(code).toBe(1);
    const [design] = document.designs;
    expect(design.seconds).toBeGreaterThan(0);
    expect(design.checked).toEqual({ isolation: expect.any(Number) });
    expect(design.coverage.transitions.total - design.coverage.transitions.taken).toBe(
      design.coverage.transitions.unreached.length,
    );
    // What only boot does is done before each run.
    expect(JSON.stringify(design.coverage.transitions.unreached)).not.toContain('/boot: ');
    for (const { operations, switches, steps, trace } of design.violations) {
      expect(trace).toMatchObject({ operations, switches });
      expect(trace.steps).toHaveLength(steps);
    }
  }, 120_000);

  test('a step taken out is named in the trace', async () => {
    const { out } = await command([...RUN, '--without', 'pin', '--json']);
    const [{ violations }] = JSON.parse(out).designs;
    expect(violations).not.toEqual([]);
    for (const { trace } of violations) expect(trace.without).toEqual(['pin']);
  }, 120_000);

  test('steps that are exchanged are named in the trace, which replays', async () => {
    const steps = ['vtd@7/tearDownEntry/flushPasidCache', 'vtd@7/tearDownEntry/flushPasidIotlb'];
    const run = ['run', '--design', 'iommufd', '--mended', '--runs', '2', '--workers', '1', '--json'];
    const { out } = await command([...run, '--property', 'no-stale-iotlb', '--swap', steps.join()]);
    const [{ violations }] = JSON.parse(out).designs;
    const [{ trace }] = violations;
    expect(trace.swaps).toEqual([steps]);
    await inFolder(async (folder) => {
      const file = join(folder, 'trace.json');
      await writeFile(file, JSON.stringify(trace));
      const { code, out: again } = await command(['replay', file]);
      expect(again).toContain('the trace fails as it was recorded');
      expect(code).toBe(1);
    });
  }, 120_000);

  test('what was found with one property checked replays, though another would have been violated before', async () => {
    const run = ['run', '--design', 'aux-domain', '--seed', '6', '--runs', '12', '--workers', '1', '--json'];
    const { out } = await command([...run, '--property', 'errno-contract']);
    const [{ violations }] = JSON.parse(out).designs;
    expect(violations.length).toBeGreaterThan(1);
    await inFolder(async (folder) => {
      const file = join(folder, 'trace.json');
      for (const { trace } of violations) {
        expect(trace.properties).toEqual(['errno-contract']);
        await writeFile(file, JSON.stringify(trace));
        expect((await command(['replay', file])).out).toContain('the trace fails as it was recorded');
        expect((await command(['shrink', file])).code).toBe(1);
      }
      // Where all are checked, the first of them ends with another.
      const { properties, ...whole } = violations[0].trace;
      await writeFile(file, JSON.stringify(whole));
      expect((await command(['replay', file])).out).toContain('another finding than the recorded');
      await writeFile(file, JSON.stringify({ ...whole, properties: ['isolaton'] }));
      expect((await command(['replay', file])).err).toMatch(/unknown property 'isolaton'/);
      // What was cut, or checks nothing of its own, would seem to hold.
      const isCut = async (changes: object, says: RegExp) => {
        await writeFile(file, JSON.stringify({ ...violations[0].trace, ...changes }));
        const { code, out, err } = await command(['replay', file]);
        expect({ code, out }).toEqual({ code: 2, out: '' });
        expect(err).toMatch(says);
      };
      const { steps } = violations[0].trace;
      const last = steps.findLastIndex(({ agent }: { agent: string }) => agent !== steps.at(-1).agent);
      const rest = steps.slice(0, last);
      const operations = rest.filter((step: object) => 'operation' in step).length;
      await isCut(
        { steps: rest, operations },
        /switches between agents, where its steps have \d+: it was cut/,
      );
      await isCut({ properties: [] }, /`properties` does not have its own, errno-contract/);
      await isCut({ properties: ['isolation'] }, /`properties` does not have its own/);
    });
  }, 120_000);

  test('a signal ends it at the end of a run, with what it has', async () => {
    let interrupt = () => {};
    const ended = command(
      ['run', example, '--time', '1h', '--property', 'errno-contract', '--json', '--no-timing'],
      {
        onInterrupt: (listener) => {
          interrupt = listener;
          return () => {};
        },
      },
    );
    setTimeout(() => interrupt(), 2000);
    const document = JSON.parse((await ended).out);
    expect(document.interrupted).toBe(true);
    expect(departures('run', document)).toEqual([]);
    const runs = String(document.designs[0].runs);
    const again = await command([
      'run',
      example,
      '--runs',
      runs,
      '--property',
      'errno-contract',
      '--json',
      '--no-timing',
    ]);
    expect(JSON.parse(again.out)).toEqual({ ...document, interrupted: false });
  }, 120_000);
});

test('explore prints a document of its schema, and keeps to its depth', async () => {
  const args = [
    'explore',
    '--design',
    'primary-domain',
    '--mended',
    '--depth',
    '2',
    '--property',
    'lifecycle',
    '--no-timing',
  ];
  const { out, code } = await command([...args, '--json']);
  const document = JSON.parse(out);
  expect(departures('explore', document)).toEqual([]);
  expect(document).toMatchObject({ design: 'primary-domain', scope: 'tiny', interrupted: false });
  expect(document.depth).toBeLessThanOrEqual(2);
  expect(code).toBe(document.verdict === 'violated' ? 1 : 0);
  const text = await command(args);
  expect(text.out).toContain(`scope tiny: ${document.verdict}`);
}, 120_000);

test('help has an example for every verb', async () => {
  const { out } = await command(['--help']);
  const verbs = [...out.matchAll(/^ {2}([a-z]+) (\[|<)/gm)]
    .map(([, verb]) => verb)
    .filter((verb) => verb !== 'help');
  expect(verbs).toEqual([
    'check',
    'list',
    'run',
    'explore',
    'replay',
    'shrink',
    'show',
    'diagram',
    'conformance',
  ]);
  for (const verb of verbs) {
    const help = await command([verb, '--help']);
    expect(help.code).toBe(0);
    expect(help.out).toMatch(new RegExp(`Examples?:\n {2}iommu-check ${verb} `));
  }
});

test('the example has the flaw that it is there for, and no other once that is mended', async () => {
  const of = async (...args: string[]): Promise<string[]> => {
    const { out } = await command([
      'run',
      example,
      '--runs',
      '50',
      '--seed',
      '3',
      '--no-timing',
      '--json',
      ...args,
    ]);
    const [{ violations }] = JSON.parse(out).designs;
    return violations.map(({ property }: { property: string }) => property);
  };
  // A page given back too early is reached, or is its next owner's already.
  expect([...new Set(await of())].sort()).toEqual(['isolation', 'no-stale-iotlb']);
  expect(await of('--mended')).toEqual([]);
}, 120_000);
