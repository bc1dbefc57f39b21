import { Command } from 'commander';
import { RANGES } from '../campaign/ranges.js';
import { defaultWorkers } from '../campaign/executor.js';
import { shortest } from '../campaign/explore.js';
import { DEFAULT_CALLERS, DEFAULT_OPERATIONS, DEFAULT_SEED } from '../campaign/run.js';
import { loadCatalog } from '../catalog/catalog.js';
import { mendsOf } from '../catalog/mend-choice.js';
import type { Session } from './command-line.js';
import { type Choice, chooseSound } from './design-options.js';
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
import type { Style } from '../trace/style.js';
import { table } from './table.js';
import { inWorkshop } from './workshop.js';

interface CheckOptions {
  readonly runs: number;
  readonly depth: number;
  readonly workers: number;
  readonly out: string;
  readonly timing: boolean;
  readonly json?: boolean;
}

/** Fixed counts, so that every machine says the same; all of it takes about a minute. */
const RUNS = 100;
const SEARCH_DEPTH = 3;
const SEARCH_STATES = 50_000;
/** Lines of a counterexample that are shown: its operations stand at the top, its cause at the bottom. */
const MOST_LINES = 56;
const FIRST_LINES = 24;
const LAST_LINES = 28;

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
    .option('--runs <count>', 'random runs of each design', wholeNumber(...RANGES.runs), RUNS)
    .option(
      '--depth <operations>',
      'search mended designs so deep',
      wholeNumber(...RANGES.depth),
      SEARCH_DEPTH,
    )
    .option('--workers <count>', 'threads that work', wholeNumber(...RANGES.workers), defaultWorkers())
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
  const expected = !interrupted && errors.length === 0 && rows.every((row) => row.expected);
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
  const asFar = interrupted ? 'not every design was checked' : 'not every design ended as expected';
  const end = expected ? 'every design ended as expected' : asFar;
  io.out(
    `${interrupted ? 'interrupted; ' : ''}${end}${options.timing ? `; ${(seconds.seconds ?? 0).toFixed(0)} s` : ''}\n`,
  );
}

async function checkAll(workshop: Workshop, options: CheckOptions) {
  const rows: Row[] = [];
  const errors: DesignFault[] = [];
  for (const mended of [false, true]) {
    for (const choice of await chooseSound({ mended })) {
      if (workshop.halt.interrupted) break;
      const { designs, errors: faults } = await runDesigns(workshop, [choice], [], {
        ...{ runs: options.runs, ops: DEFAULT_OPERATIONS, threads: DEFAULT_CALLERS, seed: DEFAULT_SEED },
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
  { depth, timing, out }: CheckOptions,
): Promise<ExploreReport> {
  return exploreDesign(workshop, choice, {
    scope: 'tiny',
    depth,
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
  for (const { limit, count } of [
    ...report.limited,
    ...(search?.parts.flatMap(({ outgrown }) => outgrown) ?? []),
  ])
    surprises.push(`${limit}, ${count} times: what comes after was not looked at`);
  if (!mended && causes.size > 0 && found.length === 0) surprises.push('none of its flaws was found');
  const design = pair.design.value.name;
  return { design, mended, report, ...(search && { search }), expected: surprises.length === 0, surprises };
}

/**
 * Counterexamples first, then what is not as expected, then the table: a terminal shows the end, and the table is where a reader
 * begins.
 */
async function checkText(session: Session, rows: readonly Row[], options: CheckOptions): Promise<string> {
  const { io } = session;
  const { out } = options;
  const style = styleOf(io);
  const parts: string[] = [];
  for (const { design, mended, report } of rows) {
    const best = shortest(report.violations);
    if (best === undefined || mended) continue;
    const many = report.violations.length;
    const head = many === 1 ? 'the only finding' : `the shortest of ${many} findings`;
    parts.push(
      style.bold(`${design}, as it was: ${head}\n`),
      shortened(await showTrace(io, best.trace), best.file ?? out),
    );
  }
  for (const { design, mended, surprises } of rows) {
    if (surprises.length === 0) continue;
    const name = `${design}, ${mended ? 'mended' : 'as it was'}`;
    parts.push(
      `${style.red(`${name}: not expected`)}\n${surprises.map((surprise) => `  ${surprise}\n`).join('')}`,
    );
  }
  parts.push(await summary(rows, style), `${legend(options)}\ntraces: ${out}\n`);
  return parts.join('\n');
}

/** One table: a block for the designs as they were, and one for them mended. */
async function summary(rows: readonly Row[], style: Style): Promise<string> {
  const { properties } = await loadCatalog();
  const designs = [...new Set(rows.map(({ design }) => design))];
  const block = (mended: boolean) => [
    [style.bold(mended ? 'mended' : 'as they were'), ...designs.map(() => '')],
    ...[...properties.keys()].map((property) => [
      `  ${property}`,
      ...designs.map((design) => {
        const row = rows.find((each) => each.design === design && each.mended === mended);
        return row === undefined ? '' : cellOf(row, property);
      }),
    ]),
  ];
  return table(['property', ...designs], [...block(false), ...block(true)]);
}

const legend = ({
  runs,
  depth,
}: CheckOptions) => `violated n    by a trace of n operations, the shortest found
sampled       not violated in ${runs} random runs
exhaustive    nor in any state of the smallest world; bounded: nor in those
              met before ${depth} operation${depth === 1 ? '' : 's'} or ${SEARCH_STATES} states ended the search
unexercised   not exercised: what it speaks of never happened
`;

/** A trace that would push everything else off the screen loses its middle. */
function shortened(text: string, file: string): string {
  const lines = text.split('\n');
  if (lines.length <= MOST_LINES) return text;
  const left = lines.length - FIRST_LINES - LAST_LINES;
  return [
    ...lines.slice(0, FIRST_LINES),
    '',
    `      … ${left} lines left out: npx iommu-check show ${file}`,
    '',
    ...lines.slice(-LAST_LINES),
  ].join('\n');
}

function cellOf({ report, search }: Row, property: string): string {
  const found = [...report.violations, ...(search?.violations ?? [])].filter(
    (violation) => violation.property === property,
  );
  const best = shortest(found);
  if (best) return `violated ${best.operations}`;
  if (report.checked[property] === 0) return 'unexercised';
  return search === undefined || search.verdict === 'violated' ? 'sampled' : search.verdict;
}
