import { loadCatalog } from '../catalog/catalog.js';
import type { Trace } from '../trace/format.js';
import { renderText } from '../trace/render-text.js';
import { COLORED, PLAIN, type Style } from '../trace/style.js';
import type { FindingReport } from './findings.js';
import type { Io } from './io.js';

export function styleOf(io: Io): Style {
  return io.colors ? COLORED : PLAIN;
}

/** A counterexample as it prints in a terminal. */
export async function showTrace(
  io: Io,
  trace: Trace,
  options: { width?: number; verbose?: boolean } = {},
): Promise<string> {
  const { properties } = await loadCatalog();
  const property = properties.get(trace.verdict.property)?.value;
  // A pipe has no width of its own: the same text every time.
  const width = options.width ?? Math.min(100, Math.max(72, io.columns));
  return renderText(trace, { property, width, verbose: options.verbose, style: styleOf(io) });
}

/** What was found: two lines each, the cause being long. */
export function findingsList(reports: readonly FindingReport[]): string {
  const lines = reports.flatMap(({ property, cause, operations, switches, steps, file }) => [
    `  ${property}: ${operations} operations, ${switches} switches, ${steps} steps${file === undefined ? '' : `, ${file}`}`,
    `    ${cause.slice(property.length + 1)}`,
  ]);
  return `${lines.join('\n')}\n`;
}
