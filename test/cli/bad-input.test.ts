import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeTrace } from '../../src/trace/format.js';
import { sampleTrace } from '../trace/sample-trace.js';
import { command, inFolder, root } from './command.js';

/** One line on stderr, nothing on stdout, exit code 2. */
async function refused(args: readonly string[], says: string | RegExp, folder?: string): Promise<void> {
  const { code, out, err } = await command(args, folder === undefined ? {} : { folder });
  expect(err).toMatch(/^iommu-check: [^\n]+\n$/);
  expect(err).toMatch(says);
  expect({ code, out }).toEqual({ code: 2, out: '' });
}

describe('bad usage', () => {
  const bad: readonly [line: string, says: string][] = [
    ['', 'no verb given'],
    ['fly', "unknown command 'fly'"],
    ['help fly', "unknown verb 'fly'"],
    ['run --scenario queues', "unknown option '--scenario'"],
    ['run --bug one', "unknown option '--bug'"],
    ['compare iommufd ioasid', "unknown command 'compare'"],
    ['run --watch nowhere.ts', 'no such file to watch'],
    ['run --watch .', 'no such file to watch'],
    ['run --watch x.ts --json', 'cannot be used with'],
    ['run --ops 0', 'from 1 to 10000'],
    ['run --time -5s', 'duration'],
    ['explore --design iommufd --depth 0', 'from 1 to 1000'],
    ['show x.json --format html', 'Allowed choices are text'],
    ['show .', 'cannot be read'],
    ['run --fast', "unknown option '--fast'"],
    ['run --design iomufd', "unknown design 'iomufd': did you mean iommufd"],
    ['run --driver vtd@6', "unknown driver 'vtd@6'"],
    ['run --property isolatoin', "unknown property 'isolatoin': did you mean isolation"],
    ['run --design iommufd --without iommufd/fly', "unknown step 'iommufd/fly'"],
    ['run --design iommufd --swap vtd@7/mapPage/storeLeaf', 'give two steps with a comma between'],
    ['run --design iommufd --swap iommufd/fly/a,iommufd/fly/b', "unknown step 'iommufd/fly/a'"],
    [
      'run --design iommufd --swap vtd@7/tearDownEntry/flushIotlb,vtd@7/tearDownEntry/flushDeviceTlb',
      'state tearDownEntry/flushIotlb: cannot be exchanged with flushDeviceTlb',
    ],
    [
      'run --design iommufd --swap vtd@7/tearDownEntry/flushIotlb,vtd@7/freeDomain/collect',
      'are steps of two machines',
    ],
    ['run --design iommufd --mend everything', "unknown mend 'everything'"],
    ['run --mended --mend x', 'cannot be used with'],
    ['run --runs -1', 'whole number'],
    ['run --runs 0', 'whole number'],
    ['run --runs 1e3', 'whole number'],
    ['run --runs 99999999999999999999', 'whole number'],
    ['run --seed -7', 'whole number'],
    ['run --seed 4294967296', 'whole number'],
    ['run --threads 4', 'from 1 to 3'],
    ['run --workers 1000', 'from 1 to 64'],
    ['run --time soon', 'duration'],
    ['run --time 0s', 'duration'],
    ['run --time 1s --runs 5', 'cannot be used with'],
    ['run ./nowhere.ts', 'no such file'],
    ['explore --design primary-domain --design ./nowhere.ts --depth 1', 'nowhere.ts: no such file'],
    ['list bugs --design ./nowhere.ts --design iommufd', 'nowhere.ts: no such file'],
    ['diagram iommufd/attach --design ./nowhere.ts --design iommufd', 'nowhere.ts: no such file'],
    ['explore --design iommufd --scope huge', 'tiny, small, pair'],
    ['explore', 'takes one design'],
    ['run ./test', 'it is a folder'],
    ['conformance qemu --json --markdown', 'cannot be used with'],
    ['list dragons', 'Allowed choices'],
    ['list designs --design nope', "unknown design 'nope'"],
    ['list bugs --mend nope', "unknown mend 'nope'"],
    ['list drivers --driver nope', "unknown driver 'nope'"],
    ['diagram iommufd/fly', "unknown machine 'iommufd/fly'"],
    ['show nowhere.json', 'cannot be read'],
    ['show a.json b.json', 'too many arguments'],
    ['replay', "missing required argument 'trace'"],
  ];
  test.each(bad)('%s', (line, says) => refused(line === '' ? [] : line.split(' '), says));
});

describe('a trace', () => {
  const texts: readonly [what: string, text: string, says: string | RegExp][] = [
    ['that is cut', writeTrace(sampleTrace).slice(0, 400), 'cut off'],
    ['that is not JSON', 'once upon a time', 'not JSON'],
    ['of a later version', writeTrace({ ...sampleTrace, format: 'iommu-check/trace@9' }), 'version 9'],
    ['of an unknown design', writeTrace(sampleTrace), "unknown design 'sample'"],
    ['of an unknown driver', writeTrace({ ...sampleTrace, driver: 'vtd@8' }), "unknown driver 'vtd@8'"],
    [
      'of an unknown property',
      writeTrace({ ...sampleTrace, verdict: { ...sampleTrace.verdict, property: 'beauty' } }),
      "unknown property 'beauty'",
    ],
    ['of an unknown mend', writeTrace({ ...sampleTrace, design: 'iommufd', mends: ['magic'] }), "'magic'"],
    [
      'without a step that exists',
      writeTrace({ ...sampleTrace, design: 'iommufd', without: ['magic'] }),
      "'magic'",
    ],
    [
      'of an agent there is not',
      writeTrace({
        ...sampleTrace,
        design: 'iommufd',
        operations: 0,
        steps: [{ agent: 'caller 7', does: 'x', changes: [] }],
      }),
      /trace\.json: step 1 of the trace cannot be taken.*there is no agent 'caller 7'/,
    ],
    [
      'of a step that its agent does not stand at',
      writeTrace({ ...sampleTrace, design: 'iommufd', steps: sampleTrace.steps.slice(0, 2), operations: 1 }),
      /sample\/createSpace\/create; caller 0 stands at iommufd\/createSpace\//,
    ],
    ['of other hardware', writeTrace({ ...sampleTrace, hardware: 'toy' }), 'is of hardware vtd, not toy'],
  ];
  test.each(texts)('%s', (_, text, says) =>
    inFolder(async (folder) => {
      const file = join(folder, 'trace.json');
      await writeFile(file, text);
      await refused(['replay', file], says);
    }),
  );
});

test('an output folder that cannot be written is refused before the work', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await refused(['run', '--out', join(file, 'traces')], 'cannot be written');
    await refused(['run', '--out', file], 'cannot be written');
    await refused(['run', '--out', ''], 'cannot be written');
    // Where a folder cannot be made although its parent is there.
    await refused(['run', '--out', '/proc/iommu-check'], 'cannot be written');
    // Root may write anywhere.
    if (process.getuid?.() === 0) return;
    const closed = join(folder, 'closed');
    await mkdir(closed);
    await chmod(closed, 0o500);
    await refused(['run', '--out', closed], 'cannot be written');
  }));

describe('the config file', () => {
  const config = (text: string, says: string) =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'iommu-check.config.ts'), text);
      await refused(['run', '--design', 'iommufd'], says, folder);
    });
  test('names an unknown option', () =>
    config('export default { speed: 3 };', "iommu-check.config.ts: unknown option 'speed'"));
  test('gives a bad number', () =>
    config('export default { runs: -3 };', "option 'runs': give a whole number"));
  test('two options of which a command takes one', () =>
    config(
      "export default { mended: true, mend: ['x'] };",
      "options 'mended' and 'mend' exclude each other",
    ));
  test('throws', () => config("throw new Error('bad day');", 'bad day'));
  test('gives options that flags override', () =>
    inFolder(async (folder) => {
      await writeFile(
        join(folder, 'iommu-check.config.ts'),
        "export default { design: ['aux-domain'], mended: true, json: true };",
      );
      const fromFile = await command(['list', 'bugs'], { folder });
      expect(JSON.parse(fromFile.out).bugs.some(({ of }: { of: string }) => of === 'aux-domain')).toBe(true);
      const fromFlag = await command(['list', 'bugs', '--design', 'iommufd'], { folder });
      expect(JSON.parse(fromFlag.out).bugs.some(({ of }: { of: string }) => of === 'aux-domain')).toBe(false);
    }));
});

describe('a design of the user’s that is broken', () => {
  const example = join(root, 'examples/work-queues.ts');
  /** The example, its plain step replaced. */
  const broken = async (folder: string, bind: string) => {
    const text = await readFile(example, 'utf8');
    const file = join(folder, 'broken.ts');
    await writeFile(
      file,
      text.replace(/instant: true,\n/, '').replace(/bind: \(world\) => .*\n/, `bind: ${bind},\n`),
    );
    return file;
  };

  test('throws while it runs: one line with file and state, nothing written', () =>
    inFolder(async (folder) => {
      const file = await broken(folder, "() => () => { throw new Error('out of luck'); }");
      const out = join(folder, 'traces');
      await refused(['run', file, '--runs', '20', '--out', out], /broken\.ts: state .*: out of luck/);
      expect(await readdir(out)).toEqual([]);
    }));

  const gives: readonly [bind: string, says: RegExp][] = [
    ['() => () => Number.NaN', /broken\.ts: state .*: step hasQueue gave NaN/],
    ['() => () => undefined as never', /broken\.ts: state .*: step hasQueue gave undefined/],
    ['() => () => -5', /broken\.ts: state .*: step hasQueue gave -5: .* do not name EIO/],
  ];
  test.each(gives)('has a step that gives nonsense: %s', (bind, says) =>
    inFolder(async (folder) =>
      refused(['run', await broken(folder, bind), '--runs', '40', '--property', 'isolation'], says),
    ),
  );

  test('has the name of another: the first one’s results are kept', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'iommufd.ts');
      await writeFile(
        file,
        (await readFile(example, 'utf8')).replace("name: 'work-queues'", "name: 'iommufd'"),
      );
      const { code, out } = await command([
        'run',
        '--design',
        'iommufd',
        file,
        '--runs',
        '1',
        '--property',
        'lifecycle',
        '--json',
      ]);
      expect(code).toBe(2);
      const { designs, errors } = JSON.parse(out);
      expect(designs).toHaveLength(1);
      expect(errors).toMatchObject([{ file, message: expect.stringContaining("called 'iommufd'") }]);
    }));

  test('never ends: over 10,000 steps an operation', () =>
    inFolder(async (folder) => {
      const text = await readFile(example, 'utf8');
      const file = join(folder, 'endless.ts');
      const loop = "onDone: [ifZero('unlock'), keep('readPasid', 'attachment')]";
      expect(text.replaceAll(/\s+/g, ' ')).toContain(loop);
      await writeFile(
        file,
        text.replace(
          /onDone: \[ifZero\('unlock'\), keep\('readPasid', 'attachment'\)\]/,
          "onDone: [{ ...ifZero('find'), reenter: true }, keep('readPasid', 'attachment')]",
        ),
      );
      await refused(
        ['run', file, '--runs', '50'],
        /endless\.ts: state work-queues\/detach\/find: .*never ends/,
      );
    }));

  test('leaves the other designs their results', () =>
    inFolder(async (folder) => {
      const file = await broken(folder, "() => () => { throw new Error('out of luck'); }");
      const { code, out, err } = await command([
        'run',
        file,
        '--design',
        'primary-domain',
        '--property',
        'errno-contract',
        '--runs',
        '2',
        '--json',
        '--no-timing',
      ]);
      expect(code).toBe(2);
      const { designs, errors } = JSON.parse(out);
      expect(designs.map(({ design }: { design: string }) => design)).toEqual(['primary-domain']);
      expect(errors).toMatchObject([{ design: 'work-queues', file, message: 'out of luck' }]);
      expect(err).toContain('out of luck');
    }));
});
