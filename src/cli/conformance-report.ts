import { actionText, type Answer, caseToJson } from '../oracles/qemu/case.js';
import type { FoundDifference, ModeResult, StoppedCase } from '../oracles/qemu/conformance.js';
import type { Difference } from '../oracles/qemu/side-by-side.js';
import type { QemuTarget, TargetMode } from '../oracles/qemu/target.js';
import { FORMAT } from './json.js';
import { table } from './table.js';

/** A mode, and the architecture it is of. */
export interface Chosen {
  readonly target: QemuTarget;
  readonly mode: TargetMode;
}

/** `unfinished` where nothing differs, and QEMU did not come to the end of all that it was asked. */
export type Verdict = 'agrees' | 'differs' | 'unfinished';

export function verdictOf({ found, stopped }: Pick<ModeResult, 'found' | 'stopped'>): Verdict {
  if (found !== undefined) return 'differs';
  return stopped.length > 0 ? 'unfinished' : 'agrees';
}

/** The result of a mode, and where the case that differs, or the first that QEMU did not survive, was written. */
export interface Compared {
  readonly chosen: Chosen;
  readonly result: ModeResult;
  readonly file: string | undefined;
}

export function stoppedText(
  { hardware, mode }: Pick<ModeResult, 'hardware' | 'mode'>,
  one: StoppedCase,
): string {
  const what = one.atStart ? 'QEMU could not be started for' : 'QEMU did not survive a case of';
  return `${what} ${hardware} ${mode}: ${one.reason}`;
}

export function resultJson(verdict: Verdict, interrupted: boolean, results: readonly Compared[]) {
  return {
    format: FORMAT.conformance,
    verdict,
    interrupted,
    cases: results.reduce((sum, { result }) => sum + result.cases, 0),
    modes: results.map(({ result }) => modeJson(result)),
    differences: results.flatMap(({ result, file }) =>
      result.found === undefined ? [] : [{ ...differenceJson(result.found), file }],
    ),
    stopped: results.flatMap(({ result }) =>
      result.stopped.map(({ case: c, reason }) => ({ reason, case: caseToJson(c) })),
    ),
  };
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

export function resultTable(results: readonly { readonly result: ModeResult }[]): string {
  const rows = results.map(({ result }) => [
    result.hardware,
    result.mode,
    String(result.cases),
    String(result.compared),
    deviationsText(result),
    verdictOf(result),
  ]);
  return table(['hardware', 'mode', 'cases', 'answers', 'deviations seen', 'verdict'], rows);
}

function deviationsText({ deviationsSeen }: ModeResult): string {
  return [...deviationsSeen.keys()].sort().join(', ');
}

/** The table that the docs hold. */
export function markdown(results: readonly (Chosen & { readonly result: ModeResult })[]): string {
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

/** Tables, what happened, and both answers. */
export function differenceText({ case: c, difference }: FoundDifference): string {
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
