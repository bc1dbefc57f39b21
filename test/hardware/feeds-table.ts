import { describe, expect, test } from 'vitest';
import { type Architecture, ROW, ROW_WIDTH } from '../../src/vocabulary/architecture.js';
import { commandWorld } from './command-table.js';
import { TestMachine } from './machine.js';

/** A configuration as a row has it, and which table members a walk by it looks up. */
export interface FeedsLine<Kind extends string> {
  readonly config: Kind;
  /** The configuration is of device 0, tag 5, PASID and address space 7; this is what it says beside that. */
  readonly attributes: number;
  /**
   * Kinds it looks up, each with what has to match beside the IOMMU: T tag, P PASID or address space, D the device itself; G, that an
   * entry of every address space does as well. All others it never looks up.
   */
  readonly looksUp: Partial<Record<Kind, string>>;
}

const DEVICE = 0;
const TAG = 5;
const PASID = 7;

/**
 * What a configuration makes of table members, written a second time, by hand: a line a configuration. Whether a member is looked up
 * decides what hardware may reach, and a key left out there makes the worst case worse than it is, which no comparison with an
 * implementation can see.
 */
export function testFeeds<Kind extends string>(
  architecture: Architecture,
  lines: Readonly<Record<string, FeedsLine<Kind>>>,
): void {
  const { bound } = new TestMachine(architecture, commandWorld(false));
  const rowOf = (kind: number, device: number, fields: Partial<Record<keyof typeof ROW, number>> = {}) => {
    const row = new Array<number>(ROW_WIDTH).fill(0);
    const all = { kind, device, pasid: PASID, tag: TAG, page: PASID, attributes: 3, ...fields };
    for (const [field, value] of Object.entries(all)) row[ROW[field as keyof typeof ROW]] = value;
    return row;
  };
  const numberOf = (name: string) => architecture.kinds.findIndex((kind) => kind.name === name);

  describe('a configuration looks up the table members of its own keys', () => {
    test.each(Object.entries(lines))('%s', (_name, { config, attributes, looksUp }) => {
      const own = rowOf(numberOf(config), DEVICE, { attributes });
      architecture.kinds.forEach(({ name }, kind) => {
        const cell = looksUp[name as Kind];
        const isOfDevice = cell?.includes('D') ?? false;
        const feeds = (fields: Parameters<typeof rowOf>[2] = {}, by = own) =>
          bound.feeds(by, 0, rowOf(kind, isOfDevice ? DEVICE : ~0, fields), 0);
        const says = `${config} × ${name}`;
        expect(feeds(), says).toBe(cell !== undefined);
        if (cell === undefined) return;
        expect(feeds({ tag: TAG + 1 }), `${says}, another tag`).toBe(!cell.includes('T'));
        expect(feeds({ pasid: PASID + 1 }), `${says}, another PASID`).toBe(!cell.includes('P'));
        expect(feeds({ pasid: -1 }), `${says}, global`).toBe(!cell.includes('P') || cell.includes('G'));
        expect(feeds({ device: isOfDevice ? 1 : ~1 }), `${says}, elsewhere`).toBe(false);
        // Device 2 is behind the other IOMMU.
        expect(feeds({}, own.with(ROW.device, 2)), `${says}, from elsewhere`).toBe(false);
      });
    });
  });

  test('nothing but a configuration looks anything up', () => {
    const configs = new Set<string>(Object.values(lines).map(({ config }) => config));
    architecture.kinds.forEach(({ name }, kind) => {
      if (configs.has(name)) return;
      for (const { attributes } of Object.values(lines)) {
        const row = rowOf(kind, DEVICE, { attributes });
        architecture.kinds.forEach((_, member) => {
          for (const device of [~0, DEVICE])
            expect(bound.feeds(row, 0, rowOf(member, device), 0), name).toBe(false);
        });
      }
    });
  });
}
