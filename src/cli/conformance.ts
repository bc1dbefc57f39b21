import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Argument, Command, Option } from 'commander';
import { find } from '../catalog/catalog.js';
import { InputError } from '../catalog/input-error.js';
import { loadFolder } from '../catalog/package-files.js';
import { reasonOf } from '../catalog/user-file.js';
import { type Case, CaseError, caseFromJson, caseToJson } from '../oracles/qemu/case.js';
import { type ModeResult, runCase, runMode } from '../oracles/qemu/conformance.js';
import { qemuVersion } from '../oracles/qemu/qtest.js';
import type { QemuTarget } from '../oracles/qemu/target.js';
import type { Session } from './command-line.js';
import {
  type Chosen,
  type Compared,
  differenceText,
  markdown,
  resultJson,
  resultTable,
  stoppedText,
  type Verdict,
  verdictOf,
} from './conformance-report.js';
import { EXIT } from './exit-codes.js';
import { FORMAT, printJson } from './json.js';
import { several, wholeNumber } from './option-values.js';
import { createProgress } from './progress.js';
import { prepareFolder, saveFile } from './save-file.js';

interface ConformanceOptions {
  readonly hardware?: readonly string[];
  readonly mode?: readonly string[];
  readonly runs: number;
  readonly seed: number;
  readonly out: string;
  readonly replay?: string;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

export function conformanceCommand(session: Session): Command {
  return new Command('conformance')
    .description('the same bytes in code that nobody here wrote: tables, requests and invalidations')
    .addArgument(new Argument('<oracle>', 'what to compare with').choices(['qemu']))
    .option('--hardware <name>', 'only this architecture (may be given several times)', several)
    .option('--mode <name>', 'only this mode of translation (may be given several times)', several)
    .option('--runs <n>', 'cases a mode', wholeNumber(1, 10_000_000), 100)
    .option('--seed <n>', 'where the random choices begin', wholeNumber(0, 0x3fffffff), 1)
    .option('--out <folder>', 'where a difference is written', '.')
    .option('--replay <file>', 'run the one case of a file')
    .option('--json', 'one JSON document')
    .addOption(new Option('--markdown', 'the table of the docs').conflicts('json'))
    .addHelpText(
      'after',
      '\nExamples:\n  iommu-check conformance qemu --runs 1000\n  iommu-check conformance qemu --replay qemu-vtd-second.json\n',
    )
    .action((_oracle: string, options: ConformanceOptions) =>
      options.replay === undefined ? compareAll(session, options) : replay(session, options.replay, options),
    );
}

/** What QEMU emulates, by the name of the architecture. */
async function loadTargets(): Promise<Map<string, QemuTarget>> {
  const targets = new Map<string, QemuTarget>();
  for (const { file, exports } of await loadFolder('src/oracles/qemu', 'folders')) {
    const target = Object.values(exports).find(isTarget);
    if (target === undefined) throw new Error(`${file} exports no target`);
    targets.set(target.architecture.name, target);
  }
  return targets;
}

function isTarget(value: unknown): value is QemuTarget {
  return typeof value === 'object' && value !== null && 'architecture' in value && 'board' in value;
}

/** The modes asked for. Fails where QEMU is not there to be asked. */
async function choose(options: ConformanceOptions): Promise<Chosen[]> {
  const targets = await loadTargets();
  for (const name of options.hardware ?? []) find('hardware that QEMU emulates', targets, name);
  const chosen = [...targets.values()]
    .filter(({ architecture }) => options.hardware?.includes(architecture.name) ?? true)
    .flatMap((target) => target.modes.map((mode) => ({ target, mode })));
  const byName = new Map(chosen.map(({ mode }) => [mode.name, mode]));
  for (const name of options.mode ?? []) find('mode', byName, name);
  const wanted = chosen.filter(({ mode }) => options.mode?.includes(mode.name) ?? true);
  for (const { mode } of wanted) requireQemu(mode.launch.program);
  return wanted;
}

function requireQemu(program: string): void {
  const version = qemuVersion(program);
  if (version !== undefined && Number.parseInt(version, 10) >= 10) return;
  const found =
    version === undefined
      ? 'is not installed'
      : version === ''
        ? 'does not say its version'
        : `is ${version}`;
  throw new InputError(
    `${program} ${found}: QEMU 10 is needed; on Debian scripts/install-qemu.sh installs it`,
  );
}

const CODES: Readonly<Record<Verdict, number>> = {
  agrees: EXIT.holds,
  differs: EXIT.violated,
  unfinished: EXIT.ownFault,
};

async function compareAll(session: Session, options: ConformanceOptions): Promise<void> {
  const { io } = session;
  const chosen = await choose(options);
  await prepareFolder(options.out);
  const progress = createProgress(io);
  let isInterrupted = false;
  const stopListening = io.onInterrupt(() => {
    isInterrupted = true;
  });
  const results: Compared[] = [];
  try {
    for (const one of chosen) {
      if (isInterrupted) break;
      const { target, mode } = one;
      progress.begin(`${target.architecture.name} ${mode.name}`, options.runs);
      const result = await runMode(target, mode, options.runs, options.seed, {
        progress: (done) => progress.at(done, ''),
        interrupted: () => isInterrupted,
      });
      results.push({ chosen: one, result, file: await saveCase(options.out, result) });
    }
  } finally {
    progress.end();
    stopListening();
  }
  const verdicts = results.map(({ result }) => verdictOf(result));
  const verdict = (['differs', 'unfinished'] as const).find((each) => verdicts.includes(each)) ?? 'agrees';
  if (options.json) printJson(io, resultJson(verdict, isInterrupted, results));
  else {
    io.out(
      options.markdown
        ? markdown(results.map(({ chosen: c, result }) => ({ ...c, result })))
        : resultTable(results),
    );
    for (const { result, file } of results) {
      if (result.found !== undefined) io.out(`\n${differenceText(result.found)}\nwritten to ${file}\n`);
      for (const one of result.stopped) io.err(`iommu-check: ${stoppedText(result, one)}\n`);
      if (result.found === undefined && file !== undefined)
        io.err(`iommu-check: the first such case is written to ${file}\n`);
    }
    if (isInterrupted) io.err('interrupted: what stands above is what was done until then\n');
  }
  session.exitCode = CODES[verdict];
}

async function saveCase(folder: string, { hardware, mode, found, stopped }: ModeResult) {
  const first = stopped.find(({ atStart }) => !atStart);
  const c = found?.case ?? first?.case;
  if (c === undefined) return undefined;
  const file = join(folder, `qemu-${hardware}-${mode}.json`);
  await saveFile(file, caseFile(c));
  return file;
}

function caseFile(c: Case): string {
  return `${JSON.stringify({ format: FORMAT.conformanceCase, ...caseToJson(c) }, null, 2)}\n`;
}

async function replay(session: Session, file: string, options: ConformanceOptions): Promise<void> {
  const { io } = session;
  const c = await readCase(file);
  const targets = await loadTargets();
  const target = find('hardware that QEMU emulates', targets, c.hardware);
  const mode = find('mode', new Map(target.modes.map((each) => [each.name, each])), c.mode);
  requireQemu(mode.launch.program);
  const result = await runCase(target, mode, c);
  const verdict = verdictOf(result);
  if (options.json)
    printJson(io, resultJson(verdict, false, [{ chosen: { target, mode }, result, file: undefined }]));
  else if (result.found !== undefined) io.out(differenceText(result.found));
  else if (result.stopped.length === 0) io.out(`${result.compared} answers compared: agrees\n`);
  else for (const one of result.stopped) io.err(`iommu-check: ${stoppedText(result, one)}\n`);
  session.exitCode = CODES[verdict];
}

async function readCase(file: string): Promise<Case> {
  try {
    return caseFromJson(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    const reason =
      error instanceof CaseError
        ? `no case: it ${error.message}`
        : `the case cannot be read: ${reasonOf(error)}`;
    throw new InputError(reason, { file });
  }
}
