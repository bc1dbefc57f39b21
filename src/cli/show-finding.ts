import { loadCatalog } from '../catalog/catalog.js';
import type { Trace } from '../trace/format.js';
import { renderText } from '../trace/render-text.js';
import { COLORED, PLAIN, type Style } from '../trace/style.js';
import type { FindingReport } from './findings.js';
import type { Io } from './io.js';
import { table } from './table.js';

export function styleOf(io: Io): Style {
  return io.colors ? COLORED : PLAIN;
}

/** A counterexample as it prints in a terminal. */
export async function showTrace(io: Io, trace: Trace, options: { width?: number; verbose?: boolean } = {}): Promise<string> {
  const { properties } = await loadCatalog();
  const property = properties.get(trace.verdict.property)?.value;
  // A pipe has no width of its own: the same text every time.
  const width = options.width ?? Math.min(100, Math.max(72, io.columns));
  return renderText(trace, { property, width, verbose: options.verbose, style: styleOf(io) });
}

/** What was found, one line each. */
export function findingsTable(reports: readonly FindingReport[]): string {
  const rows = reports.map(({ property, cause, operations, switches, steps, file }) => [
    property,
    cause.slice(property.length + 1),
    `${operations}/${switches}/${steps}`,
    file ?? '',
  ]);
  const named = reports.some(({ file }) => file !== undefined);
  const cut = (row: string[]) => (named ? row : row.slice(0, -1));
  return table(cut(['property', 'cause', 'ops/switches/steps', 'trace']), rows.map(cut), '  ');
}
