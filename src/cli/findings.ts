import { join } from 'node:path';
import type { Finding } from '../campaign/choice.js';
import { type Trace, writeTrace } from '../trace/format.js';
import { saveFile } from './save-file.js';

/** A finding as it stands in JSON. */
export interface FindingReport {
  readonly property: string;
  readonly cause: string;
  readonly explanation: readonly string[];
  readonly fault?: 'design' | 'driver';
  readonly operations: number;
  readonly switches: number;
  readonly steps: number;
  readonly trace: Trace;
  readonly file?: string;
}

/** Report findings, and write each trace to a file of the folder if one is given. */
export async function reportFindings(
  findings: readonly Finding[],
  folder?: string,
): Promise<FindingReport[]> {
  const reports: FindingReport[] = [];
  const numbers = new Map<string, number>();
  for (const { violation, operations, switches, steps, trace } of findings) {
    const { property, cause, explanation, fault } = violation;
    // One folder may hold what was found with and without mends, by runs and by search.
    const variant = `${trace.mends.length > 0 ? '-mended' : ''}${trace.concrete ? '' : '-searched'}`;
    const stem = `${trace.design}${variant}-${property}`.replaceAll(/[^\w.@-]/g, '_');
    const number = (numbers.get(stem) ?? 0) + 1;
    numbers.set(stem, number);
    const file = folder === undefined ? undefined : join(folder, `${stem}-${number}.json`);
    if (file !== undefined) await saveFile(file, writeTrace(trace));
    reports.push({
      property,
      cause,
      explanation,
      ...(fault && { fault }),
      ...{ operations, switches, steps, trace },
      ...(file !== undefined && { file }),
    });
  }
  return reports;
}
