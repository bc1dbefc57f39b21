import { expect, test } from 'vitest';
import { command } from './command.js';
import { departures } from './schema.js';

const json = async (...args: string[]) => {
  const { code, out, err } = await command([...args, '--json']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
};

test.each(['designs', 'drivers', 'properties', 'operations', 'bugs', 'hardware', 'steps', 'lifecycles'])(
  'list %s, for people and as JSON',
  async (what) => {
    const document = await json('list', what);
    expect(departures('list', document)).toEqual([]);
    expect(document[what].length).toBeGreaterThan(1);
    const { code, out } = await command(['list', what]);
    expect(code).toBe(0);
    for (const row of document[what]) expect(out).toContain(row.name ?? row.mend);
  },
);

test('list without a word gives an overview', async () => {
  const { code, out } = await command(['list']);
  expect(code).toBe(0);
  for (const word of ['aux-domain', 'vtd@7', 'isolation', 'page-request']) expect(out).toContain(word);
});

test('steps are those of the design chosen, each once', async () => {
  const { steps } = await json('list', 'steps', '--design', 'iommufd', '--mended');
  const names = steps.map(({ name }: { name: string }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.every((name: string) => /^(iommufd|vtd@7)\//.test(name))).toBe(true);
  const lock = steps.find(({ kind }: { kind: string }) => kind === 'lock');
  expect(lock).toMatchObject({ mayFail: false, mayBlock: true });
});

test('bugs of one design are its own and its driver’s', async () => {
  const { bugs } = await json('list', 'bugs', '--design', 'aux-domain');
  expect([...new Set(bugs.map(({ of }: { of: string }) => of))]).toEqual(['aux-domain', 'vtd@5.17']);
});

test('bugs of a driver are left out for a design that never shows them, and say so', async () => {
  const { bugs } = await json('list', 'bugs');
  const unseen = bugs.find(({ mend }: { mend: string }) => mend === 'pasid-table-at-probe');
  expect(unseen.unseenIn).toEqual({ ioasid: expect.any(String) });
  const mends = async (design: string) =>
    (await json('list', 'bugs', '--design', design)).bugs.map(({ mend }: { mend: string }) => mend);
  expect(await mends('iommufd')).toContain('pasid-table-at-probe');
  expect(await mends('ioasid')).not.toContain('pasid-table-at-probe');
});

test.each(['mermaid', 'dot', 'json'])('diagram as %s', async (format) => {
  const { code, out } = await command(['diagram', 'lifecycle/domain', '--format', format]);
  expect(code).toBe(0);
  expect(out).toContain('freed');
});

test('a machine that several have is asked for by its owner', async () => {
  const { code, err } = await command(['diagram', 'attach']);
  expect(code).toBe(2);
  expect(err).toMatch(/several machines are called 'attach'/);
  expect((await command(['diagram', 'iommufd/attach', '--design', 'iommufd'])).code).toBe(0);
});
