import { shortest } from '../campaign/explore.js';
import type { Io } from './io.js';
import { notExpressibleLines } from './not-expressible.js';
import type { DesignReport, RunReport } from './run-designs.js';
import { findingsList, showTrace, styleOf } from './show-finding.js';
import { table } from './table.js';

/** A run for people: a line for each design, what was found, the shortest counterexample of each broken design. */
export async function runText(io: Io, report: RunReport, stats: boolean): Promise<string> {
  const timed = report.designs.some(({ seconds }) => seconds !== undefined);
  const head = ['design', 'driver', 'verdict', 'runs', 'operations', 'steps', ...(timed ? ['seconds'] : [])];
  const rows = report.designs.map(({ design, driver, verdict, runs, operations, steps, seconds }) => [
    ...[design, driver, verdict, String(runs), String(operations), String(steps)],
    ...(timed ? [(seconds ?? 0).toFixed(1)] : []),
  ]);
  const parts = [table(head, rows)];
  for (const design of report.designs) parts.push(await designText(io, design, stats));
  if (report.interrupted) parts.push('interrupted: what stands above is what was done until then\n');
  return parts.join('\n');
}

async function designText(io: Io, report: DesignReport, stats: boolean): Promise<string> {
  const { violations } = report;
  const parts = [
    (violations.length > 0 ? violatedHead(io, report) : sampledHead(io, report)) + limitedLines(report),
  ];
  parts.push(coverageLines(report) + notExpressibleLines(report.notExpressible));
  if (stats) parts.push(statistics(report));
  const best = shortest(violations);
  if (best) {
    parts.push(findingsList(violations));
    parts.push('the shortest:\n', await showTrace(io, best.trace));
  }
  return parts.join('\n');
}

function violatedHead(io: Io, { design, driver, violations }: DesignReport): string {
  const count = `${violations.length} finding${violations.length === 1 ? '' : 's'}`;
  return `${styleOf(io).bold(design)} on ${driver}: violated, ${count}\n`;
}

function sampledHead(io: Io, { design, driver, runs }: DesignReport): string {
  return `${styleOf(io).bold(design)} on ${driver}: no violation in ${runs} runs. That is a sample, not a proof.\n`;
}

function limitedLines({ limited }: DesignReport): string {
  return limited
    .map(({ limit, count, run }) => `  ended early: ${count} of the runs, the first run ${run}: ${limit}\n`)
    .join('');
}

function coverageLines({ coverage, checked, operations, refused }: DesignReport): string {
  const { transitions, failures, interruptions } = coverage;
  const idle = Object.entries(checked).filter(([, count]) => count === 0);
  const lines = [
    `  covered: ${transitions.taken} of ${transitions.total} transitions, ${failures.taken} of ${failures.total} edges of failure,`,
    `           ${interruptions.seen} of ${interruptions.total} states interrupted; ${refused} of ${operations} operations refused`,
  ];
  if (idle.length > 0) lines.push(`  not exercised: ${idle.map(([name]) => name).join(', ')}`);
  return `${lines.join('\n')}\n`;
}

function statistics({ outcomes, checked, coverage }: DesignReport): string {
  const ends = Object.entries(outcomes).map(([operation, counts]) => [
    operation,
    Object.entries(counts)
      .map(([outcome, count]) => `${outcome} ${count}`)
      .join(', '),
  ]);
  const premises = Object.entries(checked).map(([property, count]) => [property, String(count)]);
  const unreached = [...coverage.transitions.unreached, ...coverage.failures.unreached];
  return [
    table(['operation', 'outcomes'], ends, '  '),
    table(['property', 'times checked'], premises, '  '),
    ...(unreached.length > 0
      ? [
          table(
            ['never taken', 'why'],
            unreached.map(({ transition, reason }) => [transition, reason]),
            '  ',
          ),
        ]
      : []),
  ].join('\n');
}
