import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as xstate from 'xstate';
import { buildWorld } from '../../src/catalog/build-world.js';
import driver from '../../models/drivers/vtd@7/index.js';
import { InputError } from '../../src/catalog/input-error.js';
import { loadUserDesign, loadUserFile } from '../../src/catalog/user-file.js';
import { defineDesign } from '../../src/vocabulary/design.js';
import { randomShape } from '../../src/world/scopes.js';
import { inFolder, root } from '../cli/command.js';

const example = join(root, 'examples/work-queues.ts');

async function errorOf(work: () => Promise<unknown>): Promise<InputError> {
  try {
    await work();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).not.toContain('\n');
    return error as InputError;
  }
  throw new Error('nothing was refused');
}

/** What the design in this text is refused for. */
function refusal(text: string): Promise<InputError> {
  return inFolder(async (folder) => {
    const file = join(folder, 'design.ts');
    await writeFile(file, text);
    return errorOf(() => loadUserDesign(file));
  });
}

test('the example is a design', async () => {
  expect((await loadUserDesign(example)).name).toBe('work-queues');
});

test('a file is given the running copies of the library and of XState', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'copies.ts');
    await writeFile(
      file,
      "import { defineDesign } from 'iommu-check';\nimport { setup } from 'xstate';\nexport default { defineDesign, setup };\n",
    );
    const loaded = (await loadUserFile(file)) as { defineDesign: unknown; setup: unknown };
    expect(loaded.defineDesign).toBe(defineDesign);
    expect(loaded.setup).toBe(xstate.setup);
  });
});

test('a file that was edited is read anew', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'edited.ts');
    await writeFile(file, 'export default 1;\n');
    expect(await loadUserFile(file)).toBe(1);
    await writeFile(file, 'export default 2;\n');
    expect(await loadUserFile(file)).toBe(2);
  });
});

describe('a file is refused in one line', () => {
  test('when it is not there', async () => {
    const { message } = await errorOf(() => loadUserDesign('nowhere.ts'));
    expect(message).toBe('nowhere.ts: no such file, or it cannot be read');
  });
  test('when it throws', async () => {
    expect((await refusal("throw new Error('no luck\\ntoday');")).message).toMatch(
      /design\.ts: cannot be loaded: no luck$/,
    );
  });
  test('when it throws what says nothing', async () => {
    expect((await refusal("throw new TypeError('');")).reason).toBe(
      'cannot be loaded: TypeError without a message',
    );
    expect((await refusal('throw { code: 7 };')).reason).toBe('cannot be loaded: it throws { code: 7 }');
  });
  test('when it ends the process', async () => {
    expect((await refusal('process.exit(0);')).reason).toBe('cannot be loaded: it calls process.exit()');
  });
  test('when it is no TypeScript', async () => {
    expect((await refusal('export const a = 1;\nexport default {{{')).message).toMatch(
      /cannot be loaded: .* in line 2$/,
    );
  });
  test.each(['7', 'null', '[]', '() => 1', '{}'])('when it exports %s', async (value) => {
    expect((await refusal(`export default ${value};`)).message).toContain('defineDesign');
  });
  test('when it exports nothing, or is empty', async () => {
    expect((await refusal('export const design = 1;')).message).toContain('defineDesign');
    expect((await refusal('')).message).toContain('defineDesign');
  });
  test('when it leaves operations without an answer', async () => {
    const text = (await readFile(example, 'utf8')).replace(/ {4}probe: .*\n {4}release: .*\n/, '');
    expect((await refusal(text)).message).toMatch(/no answer to operation 'probe' and 1 others/);
  });
});

describe('a design is refused with its file, and the state where there is one', () => {
  /** The example with one text in it changed. */
  async function changed(from: string, to: string): Promise<InputError> {
    const text = await readFile(example, 'utf8');
    expect(text).toContain(from);
    return inFolder(async (folder) => {
      const file = join(folder, 'design.ts');
      await writeFile(file, text.replace(from, to));
      const error = await errorOf(async () => {
        const design = await loadUserDesign(file);
        await buildWorld({
          design: { file },
          mends: [],
          without: [],
          shape: randomShape({ design, driver }),
          concrete: true,
        });
      });
      expect(error.place.file).toBe(file);
      return error;
    });
  }

  test('when it names an unknown step', async () => {
    const { place, reason } = await changed("src: 'pageNumber'", "src: 'pageNamber'");
    expect(place.state).toBe('map/findNumber');
    expect(reason).toContain('pageNamber');
  });
  test('when it names an unknown target', async () => {
    const { place, reason } = await changed("keep('readDomain', 'pasid')", "keep('nirvana', 'pasid')");
    expect(place.state).toBe('attach/allocatePasid');
    expect(reason).toContain('nirvana');
  });
  test('when it leaves the subset', async () => {
    const { place, reason } = await changed('created: done', "created: { ...done, entry: 'x' as never }");
    expect(place.state).toBe('createSpace/created');
    expect(reason).toContain('entry');
  });
  test('when a step throws', async () => {
    const { reason } = await changed(
      'bind: (world) => (device, slot) =>',
      "bind: () => { throw new Error('never bound'); },\n      ready: (world) => (device, slot) =>",
    );
    expect(reason).toBe('step hasQueue: never bound');
  });
  test('when a state has a name that would break those made of it', async () => {
    const { place, reason } = await changed('created: done', '\'made\\n"it"\': done, created: done');
    expect(place.state).toMatch(/^createSpace\/".*"$/);
    expect(reason).toContain('a name must be made of up to 64 letters');
  });
  test('when it names a field, a kind or a pool that there is none of', async () => {
    const pool = await changed("{ pool: 'pasid', id", "{ pool: 'pasd', id");
    expect(pool.place.state).toMatch(/^work-queues\/\w+\/\w+$/);
    expect(pool.reason).toBe("no pool of identifiers is called 'pasd'");
  });
  test('when its procedures are no machines', async () => {
    expect((await changed('[createSpace, freeSpace,', '[undefined as never, freeSpace,')).reason).toContain(
      'number 1 of its procedures is no machine',
    );
  });
  test('when it starts nowhere', async () => {
    const { place, reason } = await changed("initial: 'isPaging'", "initial: 'nowhere' as never");
    expect(place.state).toBe('createSpace');
    expect(reason).toContain("'nowhere', which is no state");
  });

  /** What the types would have refused, had anybody checked them. */
  const untyped: readonly [from: string, to: string, says: string][] = [
    ["name: 'work-queues'", "name: 'a/b'", '`name` must be made of up to 64 letters'],
    ["name: 'work-queues'", 'name: 5 as never', '`name` must be a text'],
    ["slots: 'always'", "slots: 'never' as never", '`slots` must be one of none, created, always'],
    ["name: 'work-queues'", `name: '${'a'.repeat(65)}'`, '`name` must be made of up to 64 letters'],
    ["kind: 'other'", "kind: 'magic' as never", 'step hasQueue: `kind` must be one of'],
    ["kind: 'other'", "kind: 'other', sight: 'inner' as never", '`sight` must be one of software, hardware'],
    [
      "kind: 'other'",
      "kind: 'other', alternatives: -3",
      '`alternatives` must be a whole number from 1 to 16',
    ],
    ["kind: 'other'", "kind: 'other', says: 3 as never", 'step hasQueue: `says` must be a text'],
    ["kind: 'other'", "kind: 'other', ready: 3 as never", 'step hasQueue: `ready` must be a function'],
    ["kind: 'other'", "kind: 'other', statics: [3 as never]", '`statics` must be a list of names'],
    ['instant: true', "instant: 'yes' as never", '`instant` must be true or false'],
    ["driver: 'vtd@7'", "driver: 'vtd@9'", "unknown driver 'vtd@9': did you mean vtd@7"],
    ['skipped: 1', "skipped: 'x' as never", '`skipped` must be a whole number'],
    ["inputs: ['device', 'slot']", 'inputs: 5 as never', '`inputs` must be a list'],
    ['low: 1, high: 15 } }', 'low: 9, high: 1 } }', 'pool pasid'],
    [
      "domain: 'ref' }, capacity",
      "domain: 'rof' as never }, capacity",
      '`domain` must be one of int, frame, ref',
    ],
    ['=> spaces + callers', '=> Number.NaN', 'kind space: capacity NaN'],
    ['=> spaces + callers', '=> 1000', 'kind space: capacity 1000'],
    ["overlap: { errno: 'EEXIST' }", "overlap: { errno: 'EFOO' as never }", "unknown errno 'EFOO'"],
    ["overlap: { errno: 'EEXIST' }", "overlop: { errno: 'EEXIST' }", 'did you mean overlap?'],
    ["exhausts: ['ENOSPC']", "exhausts: ['EFOO' as never]", "unknown errno 'EFOO'"],
    ["probe: { cannot: 'devices are there from the start' }", 'probe: 5 as never', 'operation probe must be'],
    ['    probe: {', "    fly: { cannot: '' },\n    probe: {", "unknown operation 'fly'"],
    ['causes: []', 'causes: 5 as never', '`causes` must be a list'],
    ['  mends: [', '  pardons: [', "the design: unknown field 'pardons'"],
    ['causes: []', 'causes: [5 as never]', '`causes` must be a list of texts'],
    ["exhausts: ['ENOSPC']", "exhaust: ['ENOSPC']", "unknown field 'exhaust': did you mean exhausts"],
    [
      "probe: { cannot: '",
      "probe: { procedure: 'x', cannot: '",
      "operation probe: unknown field 'procedure'",
    ],
    [
      "overlap: { errno: 'EEXIST' }",
      'overlap: {} as never',
      'overlap must be { errno } or { unsayable: reason }',
    ],
    ["mended('unpin-after-unmap')", "mended('unpin-after-unmpa')", 'did you mean unpin-after-unmap'],
    ['low: 1, high: 15 } }', 'low: 1, high: 1e12 } }', '`high` must be below'],
    ["pasid: 'int'", "pasid: 'rf' as never", "register 'pasid' must be one of int, frame, ref"],
  ];
  test.each(untyped)('%s → %s', async (from, to, says) => {
    expect((await changed(from, to)).reason).toContain(says);
  });
});
