import { describe, expect, test } from 'vitest';
import { Coverage } from '../../src/hardware/coverage.js';
import { type Architecture, ROW, ROW_WIDTH } from '../../src/vocabulary/architecture.js';
import type { WorldShape } from '../../src/vocabulary/shape.js';
import { device, shape } from './machine.js';

/**
 * What a specification says that commands invalidate, written a second time, by hand and in another form than the architecture's:
 * a line a command, a column a kind. In a cell: `.` not touched, `*` covered whatever it is, or letters for what must match: R
 * device, the tag's own letter, P PASID, Q the request's PASID, A address, N that it was found through a second stage; L not covered with the hint. After a `|`: the cell of
 * the last column where the IOMMU is emulated (caching mode).
 */
export interface CommandTable<Command extends string, Kind extends string> {
  readonly architecture: Architecture;
  readonly columns: readonly (readonly Kind[])[];
  readonly lines: Readonly<Record<Command, string>>;
  /** Letter of the tag, and a tag that is not the command's. */
  readonly tag: readonly [letter: string, other: number];
  /** Kinds that are of a device although their role does not say so. */
  readonly ofDevices?: readonly Kind[];
  /** The cell of one kind of a column, where it is not that of all. */
  readonly cell?: (written: string, kind: Kind) => string;
}

/** Two devices of one IOMMU, and one of another. */
export function commandWorld(cachingMode: boolean): WorldShape {
  return shape({
    devices: [device(0x10), device(0x18), device(0x20, { iommu: 1 })],
    iommus: [
      { cachingMode, firstLevel: true },
      { cachingMode, firstLevel: true },
    ],
  });
}

/** A row that matches the commands of {@link testCommands} in everything. */
export function matchingRow(kind: number, ofDevice: boolean): number[] {
  const row = new Array<number>(ROW_WIDTH).fill(0);
  row[ROW.kind] = kind;
  row[ROW.device] = ofDevice ? 0 : ~0;
  row[ROW.pasid] = 7;
  row[ROW.tag] = 5;
  row[ROW.page] = 0x40;
  row[ROW.attributes] = -1;
  row[ROW.extra] = 7;
  return row;
}

/** Each command and kind: whether it is covered, and with each field wrong in turn, covered exactly when the cell does not ask for it. */
export function testCommands<Command extends string, Kind extends string>(
  table: CommandTable<Command, Kind>,
): void {
  const { architecture, columns, ofDevices = [] } = table;
  const [tagLetter, otherTag] = table.tag;
  describe.each([false, true])('invalidation × kind, caching mode %s', (cachingMode) => {
    const coverage = new Coverage(architecture.kinds, architecture.commands, commandWorld(cachingMode));
    const cellOf = (line: string, kind: Kind): string => {
      const [plain, emulated = ''] = line.split('|').map((part) => part.trim());
      const cells = plain.split(/\s+/);
      expect(cells.length).toBe(columns.length);
      const column = columns.findIndex((kinds) => kinds.includes(kind));
      const isEmulated = cachingMode && emulated !== '' && column === columns.length - 1;
      const written = isEmulated ? emulated : cells[column];
      return table.cell?.(written, kind) ?? written;
    };

    test.each(Object.entries<string>(table.lines))('%s', (name, line) => {
      const command = architecture.commands.findIndex((each) => each.name === name);
      const covers = (row: number[], hint = 0): boolean =>
        coverage.covers(command, 0, 7, 5, 0x40, 0, hint, row, 0);
      architecture.kinds.forEach(({ name: kind, role }, number) => {
        const cell = cellOf(line, kind as Kind);
        const says = `${name} × ${kind}`;
        const ofDevice =
          ['config', 'fetch', 'device', 'flight'].includes(role) || ofDevices.includes(kind as Kind);
        const wrong = (field: number, value: number): boolean =>
          covers(matchingRow(number, ofDevice).with(field, value));
        const isCovered = (letter: string): boolean => cell !== '.' && !cell.includes(letter);
        expect(covers(matchingRow(number, ofDevice)), says).toBe(cell !== '.');
        if (ofDevice) expect(wrong(ROW.device, 1), says).toBe(isCovered('R'));
        expect(wrong(ROW.tag, otherTag), says).toBe(isCovered(tagLetter));
        for (const pasid of [-1, 8]) expect(wrong(ROW.pasid, pasid), says).toBe(isCovered('P'));
        expect(wrong(ROW.extra, -1), says).toBe(isCovered('Q'));
        expect(wrong(ROW.page, 0x41), says).toBe(isCovered('A'));
        expect(wrong(ROW.attributes, 3), says).toBe(isCovered('N'));
        expect(covers(matchingRow(number, ofDevice), 1), says).toBe(isCovered('L'));
        // Another IOMMU's entries are never touched.
        expect(wrong(ROW.device, ofDevice ? 2 : ~1), says).toBe(false);
      });
    });

    test('every command has a line, every kind a column', () => {
      expect(Object.keys(table.lines)).toEqual(architecture.commands.map(({ name }) => name));
      expect([...columns.flat()].sort()).toEqual(architecture.kinds.map(({ name }) => name).sort());
    });
  });
}
