import { Command, Option } from 'commander';
import { RANGES } from '../campaign/ranges.js';
import type { Outgrown } from '../checker/explore.js';
import { exploreParts, MOST_STATES, type SearchVerdict, shortest } from '../campaign/explore.js';
import type { WorldSpec } from '../catalog/world-spec.js';
import { type NotExpressible, notExpressible } from '../world/lacking.js';
import { scopeParts } from '../world/scopes.js';
import type { Session } from './command-line.js';
import { type Choice, chooseSound, onlyOne } from './design-options.js';
import { codeOf } from './exit-codes.js';
import { type FindingReport, reportFindings } from './findings.js';
import { FORMAT, printJson } from './json.js';
import { wholeNumber } from './option-values.js';
import { secondsSince, type Workshop } from './run-designs.js';
import { addSearchOptions, type SearchOptions } from './run-options.js';
import { prepareFolder } from './save-file.js';
import { findingsList, showTrace, styleOf } from './show-finding.js';
import { notExpressibleLines } from './not-expressible.js';
import { table } from './table.js';
import { inWorkshop } from './workshop.js';

const SEARCH_SCOPES = ['tiny', 'small', 'pair'] as const;
type SearchScope = (typeof SEARCH_SCOPES)[number];

export interface ExploreOptions extends SearchOptions {
  readonly scope: SearchScope;
  readonly depth?: number;
  readonly switches?: number;
  readonly states?: number;
}

export interface PartReport {
  readonly name: string;
  readonly verdict: SearchVerdict;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly seconds?: number;
  /** What cut the search off. */
  readonly limits: readonly string[];
  /** What the limit `capacity` stands for: bounds of the checker's own, and how many steps met them. */
  readonly outgrown: readonly Outgrown[];
}

export interface ExploreReport {
  readonly format: string;
  readonly verdict: SearchVerdict;
  readonly design: string;
  readonly driver: string;
  readonly hardware: string;
  /** What the design asks for and the driver lacks: no part of the scope has it. */
  readonly notExpressible: readonly NotExpressible[];
  readonly scope: string;
  readonly interrupted: boolean;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly seconds?: number;
  readonly parts: readonly PartReport[];
  readonly violations: readonly FindingReport[];
}

export function exploreCommand(session: Session): Command {
  const command = new Command('explore').description('exhaustive checking: every state of a small world');
  addSearchOptions(command);
  command
    .addOption(new Option('--scope <name>', 'how small a world').choices(SEARCH_SCOPES).default('tiny'))
    .option('--depth <operations>', 'stop at traces with so many operations', wholeNumber(...RANGES.depth))
    .option(
      '--switches <count>',
      'stop at traces with so many switches between agents',
      wholeNumber(...RANGES.switches),
    )
    .option(
      '--states <count>',
      `store at most so many states a part (${defaultStates()})`,
      wholeNumber(...RANGES.states),
    )
    .addHelpText(
      'after',
      '\nExample:\n  iommu-check explore --design primary-domain --scope tiny --depth 4\n',
    );
  return command.action(async (options: ExploreOptions) => {
    const choice = onlyOne(await chooseSound(options));
    if (options.out !== undefined) await prepareFolder(options.out);
    const report = await inWorkshop(session, options.workers, (workshop) =>
      exploreDesign(workshop, choice, options),
    );
    if (options.json) printJson(session.io, report);
    else session.io.out(await exploreText(session, report));
    session.exitCode = codeOf(
      report.verdict,
      report.parts.some(({ outgrown }) => outgrown.length > 0),
    );
  });
}

/** Search the parts of a scope, and put together what they say. */
export async function exploreDesign(
  workshop: Workshop,
  choice: Choice,
  options: Pick<ExploreOptions, 'scope' | 'depth' | 'switches' | 'states' | 'property' | 'out' | 'timing'>,
): Promise<ExploreReport> {
  const { session, executor, halt, progress } = workshop;
  const { io } = session;
  const design = choice.pair.design.value;
  const driver = choice.pair.driver.value;
  const start = io.now();
  const program = session.version;
  const limits = {
    maxOperations: options.depth,
    maxSwitches: options.switches,
    maxStates: options.states ?? MOST_STATES[options.scope],
  };
  halt.begin();
  const tasks = scopeParts(options.scope, { design, driver }).map(({ name, shape }) => {
    const spec: WorldSpec = {
      design: choice.source,
      driver: driver.name,
      mends: choice.mends,
      without: choice.without,
      swaps: choice.swaps,
      ...(options.property && { properties: options.property }),
      shape,
      concrete: false,
    };
    return { name, task: { kind: 'explore' as const, spec, program, limits } };
  });
  progress.begin(`${design.name} ${options.scope}`, limits.maxStates);
  const states = new Map<string, number>();
  const report = await exploreParts(executor, tasks, (part, stored, operations) => {
    states.set(part, stored);
    const sum = [...states.values()].reduce((a, b) => a + b, 0);
    progress.at(sum, `${sum} states, ${part}: ${operations} operations`);
  });
  progress.end();
  const parts = report.parts.map(({ name, explored }): PartReport => {
    const { verdict, states, transitions, depth, limits: cut, outgrown } = explored;
    return {
      name,
      verdict,
      states,
      transitions,
      depth,
      ...(options.timing && { seconds: explored.seconds }),
      limits: cut,
      outgrown,
    };
  });
  const violations = await reportFindings(report.findings, options.out);
  return {
    format: FORMAT.explore,
    verdict: report.verdict,
    design: design.name,
    driver: driver.name,
    hardware: driver.hardware,
    notExpressible: notExpressible(design, driver),
    scope: options.scope,
    interrupted: halt.interrupted,
    states: parts.reduce((sum, part) => sum + part.states, 0),
    transitions: parts.reduce((sum, part) => sum + part.transitions, 0),
    depth: Math.max(...parts.map((part) => part.depth)),
    ...(options.timing && { seconds: secondsSince(start, io.now()) }),
    parts,
    violations,
  };
}

/** The default bound of each scope, for the help text. */
function defaultStates(): string {
  return SEARCH_SCOPES.map((scope) => `${scope}: ${MOST_STATES[scope]}`).join(', ');
}

const MEANS: Readonly<Record<SearchVerdict, string>> = {
  exhaustive: 'every reachable state of this scope was expanded, and none violates',
  bounded: 'no violation up to the limits named: not a proof',
  violated: 'each finding with its shortest trace; nothing was searched past a violation',
};

async function exploreText({ io }: Session, report: ExploreReport): Promise<string> {
  const { design, driver, scope, verdict, parts, violations } = report;
  const timed = report.seconds !== undefined;
  const head = [
    'part',
    'verdict',
    'states',
    'transitions',
    'depth',
    ...(timed ? ['seconds'] : []),
    'cut off by',
  ];
  const rows = parts.map((part) => [
    ...[part.name, part.verdict, String(part.states), String(part.transitions), String(part.depth)],
    ...(timed ? [(part.seconds ?? 0).toFixed(1)] : []),
    part.limits.map((limit) => (limit === 'states' ? `${part.states} states` : limit)).join(', '),
  ]);
  const texts = [
    `${styleOf(io).bold(design)} on ${driver}, scope ${scope}: ${verdict}. ${MEANS[verdict]}.\n`,
    table(head, rows, '  '),
    notExpressibleLines(report.notExpressible) + outgrownLines(parts),
  ];
  const best = shortest(violations);
  if (best) texts.push(findingsList(violations), 'the shortest:\n', await showTrace(io, best.trace));
  if (report.interrupted) texts.push('interrupted: what stands above is what was done until then\n');
  return texts.join('\n');
}

function outgrownLines(parts: readonly PartReport[]): string {
  return parts
    .flatMap(({ name, outgrown }) =>
      outgrown.map(({ limit, count }) => `  not followed in ${name}: ${count} steps, since ${limit}\n`),
    )
    .join('');
}
