import { Command } from 'commander';
import { defaultWorkers } from '../campaign/executor.js';
import { shortest } from '../campaign/explore.js';
import { DEFAULT_CALLERS, DEFAULT_OPERATIONS, DEFAULT_SEED } from '../campaign/run.js';
import { loadCatalog } from '../catalog/catalog.js';
import { mendsOf } from '../catalog/mend-choice.js';
import type { Session } from './command-line.js';
import { type Choice, chooseDesigns } from './design-options.js';
import { type ExploreReport, exploreDesign } from './explore.js';
import { FORMAT, printJson } from './json.js';
import { wholeNumber } from './option-values.js';
import {
  type DesignFault,
  type DesignReport,
  runDesigns,
  secondsSince,
  type Workshop,
} from './run-designs.js';
import { prepareFolder } from './save-file.js';
import { showTrace, styleOf } from './show-finding.js';
import { table } from './table.js';
import { inWorkshop } from './workshop.js';

interface CheckOptions {
  readonly workers: number;
  readonly out: string;
  readonly timing: boolean;
  readonly json?: boolean;
}

/** Fixed counts, so that every machine says the same; all of it takes about a minute. */
const RUNS = 100;
const SEARCH_DEPTH = 3;
const SEARCH_STATES = 50_000;

/** One design as it was, or mended, and what was expected of it. */
interface Row {
  readonly design: string;
  readonly mended: boolean;
  readonly report: DesignReport;
  /** Of mended designs: the search of the smallest scope. */
  readonly search?: ExploreReport;
  readonly expected: boolean;
  /** Why not, when it is not. */
  readonly surprises: readonly string[];
}

export function checkCommand(session: Session): Command {
  return new Command('check')
    .description('every built-in design, as it was and mended, against every property')
    .option('--workers <count>', 'threads that work', wholeNumber(1, 64), defaultWorkers())
    .option('--out <folder>', 'where the traces go', 'traces')
    .option('--no-timing', 'leave times out')
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExample:\n  iommu-check check --out traces\n')
    .action((options: CheckOptions) => check(session, options));
}

async function check(session: Session, options: CheckOptions): Promise<void> {
  const { io } = session;
  await prepareFolder(options.out);
  const start = io.now();
  const { rows, errors, interrupted } = await inWorkshop(session, options.workers, (workshop) =>
    checkAll(workshop, options),
  );
  const expected = errors.length === 0 && rows.every((row) => row.expected);
  session.exitCode = expected ? 0 : 1;
  const seconds = options.timing ? { seconds: secondsSince(start, io.now()) } : {};
  if (options.json) {
    printJson(io, {
      format: FORMAT.check,
      verdict: expected ? 'expected' : 'unexpected',
      interrupted,
      ...seconds,
      designs: rows,
      errors,
    });
    return;
  }
  io.out(await checkText(session, rows, options));
  for (const { design, message } of errors) io.err(`iommu-check: ${design}: ${message}\n`);
  const end = expected ? 'every design ended as expected' : 'not every design ended as expected';
  io.out(
    `${interrupted ? 'interrupted; ' : ''}${end}${options.timing ? `; ${(seconds.seconds ?? 0).toFixed(0)} s` : ''}\n`,
  );
}

async function checkAll(workshop: Workshop, options: CheckOptions) {
  const rows: Row[] = [];
  const errors: DesignFault[] = [];
  for (const mended of [false, true]) {
    const { choices } = await chooseDesigns({ mended });
    for (const choice of choices) {
      if (workshop.halt.interrupted) break;
      const { designs, errors: faults } = await runDesigns(workshop, [choice], [], {
        ...{ runs: RUNS, ops: DEFAULT_OPERATIONS, threads: DEFAULT_CALLERS, seed: DEFAULT_SEED },
        timing: options.timing,
        out: options.out,
      });
      errors.push(...faults);
      const [report] = designs;
      if (report === undefined) continue;
      const search = mended ? await searchSmall(workshop, choice, options) : undefined;
      rows.push(rowOf(choice, mended, report, search));
    }
  }
  return { rows, errors, interrupted: workshop.halt.interrupted };
}

function searchSmall(
  workshop: Workshop,
  choice: Choice,
  { timing, out }: CheckOptions,
): Promise<ExploreReport> {
  return exploreDesign(workshop, choice, {
    scope: 'tiny',
    depth: SEARCH_DEPTH,
    states: SEARCH_STATES,
    timing,
    out,
  });
}

/**
 * Expected of a design as it was: that it is violated if it has flaws, by causes of these flaws alone. Of a mended one: that it
 * holds.
 */
function rowOf(choice: Choice, mended: boolean, report: DesignReport, search?: ExploreReport): Row {
  const { pair } = choice;
  const mends = mendsOf(pair.design.value, pair.driver.value);
  const causes = new Set(mended ? [] : mends.flatMap((mend) => mend.causes));
  const found = [...report.violations, ...(search?.violations ?? [])];
  const surprises = found
    .filter(({ cause }) => !causes.has(cause))
    .map(({ cause }) => `${cause} is no cause of a known flaw`);
  if (!mended && causes.size > 0 && found.length === 0) surprises.push('none of its flaws was found');
  const design = pair.design.value.name;
  return { design, mended, report, ...(search && { search }), expected: surprises.length === 0, surprises };
}

async function checkText(session: Session, rows: readonly Row[], { out }: CheckOptions): Promise<string> {
  const { io } = session;
  const style = styleOf(io);
  const { properties } = await loadCatalog();
  const tables = [false, true].map((mended) => {
    const columns = rows.filter((row) => row.mended === mended);
    const body = [...properties.keys()].map((property) => [
      property,
      ...columns.map((row) => cellOf(row, property)),
    ]);
    return `${style.bold(mended ? 'mended' : 'as they were')}\n\n${table(['property', ...columns.map(({ design }) => design)], body)}`;
  });
  const parts = [
    ...tables,
    `violated n: the shortest trace has n operations. sampled: no violation in ${RUNS} random runs. exhaustive, bounded:
nor in a search of the smallest scope, to its end or to a bound. not exercised: its premise was never true.\n`,
  ];
  for (const row of rows) {
    const best = shortest(row.report.violations);
    if (best && !row.mended) {
      parts.push(
        style.bold(`${row.design}: the shortest of ${row.report.violations.length} findings\n`),
        await showTrace(io, best.trace),
      );
    }
    if (row.surprises.length > 0) {
      const name = `${row.design}, ${row.mended ? 'mended' : 'as it was'}`;
      parts.push(
        `${style.red(`${name}: not expected`)}\n${row.surprises.map((surprise) => `  ${surprise}\n`).join('')}`,
      );
    }
  }
  parts.push(`traces: ${out}\n`);
  return parts.join('\n');
}

function cellOf({ report, search }: Row, property: string): string {
  const found = [...report.violations, ...(search?.violations ?? [])].filter(
    (violation) => violation.property === property,
  );
  const best = shortest(found);
  if (best) return `violated ${best.operations}`;
  if (report.checked[property] === 0) return 'not exercised';
  return search === undefined || search.verdict === 'violated' ? 'sampled' : search.verdict;
}
