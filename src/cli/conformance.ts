import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Argument, Command } from 'commander';
import { find } from '../catalog/catalog.js';
import { InputError } from '../catalog/input-error.js';
import { loadFolder } from '../catalog/package-files.js';
import { reasonOf } from '../catalog/user-file.js';
import {
  actionText,
  type Answer,
  type Case,
  CaseError,
  caseFromJson,
  caseToJson,
} from '../oracles/qemu/case.js';
import { type FoundDifference, type ModeResult, runMode } from '../oracles/qemu/conformance.js';
import { qemuVersion } from '../oracles/qemu/qtest.js';
import { type Difference, SideBySide } from '../oracles/qemu/side-by-side.js';
import type { QemuTarget, TargetMode } from '../oracles/qemu/target.js';
import type { Session } from './command-line.js';
import { FORMAT, printJson } from './json.js';
import { several, wholeNumber } from './option-values.js';
import { createProgress } from './progress.js';
import { prepareFolder, saveFile } from './save-file.js';
import { table } from './table.js';

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
    .option('--markdown', 'the table of the docs')
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

interface Chosen {
  readonly target: QemuTarget;
  readonly mode: TargetMode;
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
  const found = version === undefined ? 'is not installed' : `is ${version}`;
  throw new InputError(
    `${program} ${found}: QEMU 10 is needed; on Debian scripts/install-qemu.sh installs it`,
  );
}

async function compareAll(session: Session, options: ConformanceOptions): Promise<void> {
  const { io } = session;
  const chosen = await choose(options);
  await prepareFolder(options.out);
  const progress = createProgress(io);
  const results: { chosen: Chosen; result: ModeResult; file: string | undefined }[] = [];
  for (const one of chosen) {
    const { target, mode } = one;
    progress.begin(`${target.architecture.name} ${mode.name}`, options.runs);
    const result = await runMode(target, mode, options.runs, options.seed, (done) => progress.at(done, ''));
    let file: string | undefined;
    if (result.found !== undefined) {
      file = join(options.out, `qemu-${result.hardware}-${result.mode}.json`);
      await saveFile(file, caseFile(result.found.case));
    }
    results.push({ chosen: one, result, file });
  }
  progress.end();
  if (options.json) {
    printJson(io, {
      format: FORMAT.conformance,
      verdict: results.some(({ result }) => result.found !== undefined) ? 'differs' : 'agrees',
      cases: results.reduce((sum, { result }) => sum + result.cases, 0),
      modes: results.map(({ result }) => modeJson(result)),
      differences: results.flatMap(({ result, file }) =>
        result.found === undefined ? [] : [{ ...differenceJson(result.found), file }],
      ),
      stopped: results.flatMap(({ result }) =>
        result.stopped.map(({ case: c, reason }) => ({ reason, case: caseToJson(c) })),
      ),
    });
  } else {
    io.out(
      options.markdown
        ? markdown(results.map(({ chosen: c, result }) => ({ ...c, result })))
        : resultTable(results),
    );
    for (const { result, file } of results) {
      if (result.found !== undefined) io.out(`\n${differenceText(result.found)}\nwritten to ${file}\n`);
      for (const { reason } of result.stopped)
        io.err(`iommu-check: QEMU did not survive a case of ${result.hardware} ${result.mode}: ${reason}\n`);
    }
  }
  const isClean = results.every(({ result }) => result.found === undefined && result.stopped.length === 0);
  session.exitCode = isClean ? 0 : 1;
}

function modeJson({ hardware, mode, cases, compared, deviationsSeen }: ModeResult) {
  return { hardware, mode, cases, compared, deviationsSeen: Object.fromEntries([...deviationsSeen].sort()) };
}

function differenceJson({ case: c, difference }: FoundDifference) {
  const { action, qemu, ours, allowed } = difference;
  return {
    hardware: c.hardware,
    mode: c.mode,
    request: actionText(c.actions[action]),
    action,
    qemu,
    ours,
    allowed,
    case: caseToJson(c),
  };
}

function resultTable(results: readonly { readonly result: ModeResult }[]): string {
  const rows = results.map(({ result }) => [
    result.hardware,
    result.mode,
    String(result.cases),
    String(result.compared),
    deviationsText(result),
    result.found === undefined ? 'agrees' : 'differs',
  ]);
  return table(['hardware', 'mode', 'cases', 'answers', 'deviations seen', 'verdict'], rows);
}

function deviationsText({ deviationsSeen }: ModeResult): string {
  return [...deviationsSeen.keys()].sort().join(', ');
}

/** The table that the docs hold. */
function markdown(results: readonly (Chosen & { readonly result: ModeResult })[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  const lines = results.map(({ mode, result }) =>
    row([
      `\`${result.hardware}\``,
      `\`${result.mode}\``,
      mode.features.join(', '),
      String(result.cases),
      String(result.compared),
      [...result.deviationsSeen.keys()]
        .sort()
        .map((name) => `\`${name}\``)
        .join(', '),
    ]),
  );
  const targets = [...new Set(results.map(({ target }) => target))];
  const missing = targets.flatMap((target) =>
    target.notCompared.map(({ what, covered }) => row([`\`${target.architecture.name}\``, what, covered])),
  );
  const deviations = targets.flatMap((target) =>
    target.deviations.map(({ name, what, section }) =>
      row([`\`${target.architecture.name}\``, `\`${name}\``, what, section]),
    ),
  );
  return [
    row(['hardware', 'mode', 'compared', 'cases', 'answers', 'deviations seen']),
    row(['---', '---', '---', '---', '---', '---']),
    ...lines,
    '\nNot compared, since QEMU has it not:\n\n',
    row(['hardware', 'what', 'covered by']),
    row(['---', '---', '---']),
    ...missing,
    "\nQEMU's deviations:\n\n",
    row(['hardware', 'deviation', 'what QEMU does', 'section']),
    row(['---', '---', '---', '---']),
    ...deviations,
  ].join('');
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
  const sides = new SideBySide(target, mode);
  try {
    const { difference, compared } = await sides.compare(c);
    const found = difference === undefined ? undefined : { case: c, difference };
    if (options.json) {
      printJson(io, {
        format: FORMAT.conformance,
        verdict: found === undefined ? 'agrees' : 'differs',
        cases: 1,
        modes: [{ hardware: c.hardware, mode: c.mode, cases: 1, compared, deviationsSeen: {} }],
        differences: found === undefined ? [] : [differenceJson(found)],
        stopped: [],
      });
    } else io.out(found === undefined ? `${compared} answers compared: agrees\n` : differenceText(found));
    session.exitCode = found === undefined ? 0 : 1;
  } finally {
    await sides.stop();
  }
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

/** Tables, what happened, and both answers. */
function differenceText({ case: c, difference }: FoundDifference): string {
  const { stores, actions } = caseToJson(c) as { stores: string[]; actions: string[] };
  const happened = actions.slice(0, difference.action + 1).map((text) => `  ${text}\n`);
  return [
    `${c.hardware} ${c.mode}: QEMU and src/hardware differ\n\nmemory:\n`,
    ...stores.map((text) => `  ${text}\n`),
    '\nthen:\n',
    ...happened,
    `\nQEMU: ${answerText(difference.qemu)}${judged(difference)}\nours: ${answerText(difference.ours)}\n`,
  ].join('');
}

function judged({ allowed }: Difference): string {
  return allowed ? ' (the specification allows it)' : ' (outside what the specification allows)';
}

function answerText(answer: Answer): string {
  switch (answer.kind) {
    case 'frame':
      return `frame 0x${answer.frame.toString(16)}`;
    case 'fault':
      return `fault 0x${answer.reason.toString(16)} at page 0x${answer.page.toString(16)}`;
    case 'blocked':
      return 'no access, and no fault recorded';
  }
}
