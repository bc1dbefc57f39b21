import { Command } from 'commander';
import { replayOn } from '../campaign/replay.js';
import { loadPair } from '../catalog/build-world.js';
import type { Trace } from '../trace/format.js';
import type { Violation } from '../vocabulary/violation.js';
import type { Session } from './command-line.js';
import { addDesignOptions, type DesignOptions } from './design-options.js';
import { FORMAT, printJson } from './json.js';
import { asksForOther, readTraceFile, specOf, withTrace } from './read-trace.js';
import { showTrace } from './show-finding.js';

interface ReplayOptions extends DesignOptions {
  readonly verbose?: boolean;
  readonly json?: boolean;
}

export function replayCommand(session: Session): Command {
  const command = new Command('replay')
    .description('execute a recorded trace again, on its own design or another')
    .argument('<trace>', 'a trace file')
    .option('--verbose', 'show every step')
    .option('--json', 'one JSON document');
  addDesignOptions(command);
  command.addHelpText(
    'after',
    '\nExample:\n  iommu-check replay traces/aux-domain-isolation-1.json --mended\n',
  );
  return command.action((file: string, options: ReplayOptions) => replayTrace(session, file, options));
}

async function replayTrace(session: Session, file: string, options: ReplayOptions): Promise<void> {
  const { io } = session;
  const trace = await readTraceFile(file);
  const { spec, pair, replayed } = await withTrace(file, async () => {
    const spec = await specOf(trace, options);
    const pair = await loadPair(spec.design, spec.driver);
    return { spec, pair, replayed: await replayOn(trace, spec, asksForOther(options)) };
  });
  const { steps, skipped, violations, verdict, same } = replayed;
  const violation = violations.find(({ cause }) => cause === trace.verdict.cause) ?? violations[0];
  session.exitCode = verdict === 'violated' ? 1 : 0;
  const design = pair.design.value.name;
  const { name: driver, hardware } = pair.driver.value;
  if (options.json) {
    printJson(io, {
      format: FORMAT.replay,
      ...{ verdict, design, driver, hardware, same },
      steps: steps.length,
      skipped: skipped.map((index) => index + 1),
      violations,
    });
    return;
  }
  const uncalled = skipped.filter((index) => trace.steps[index].operation !== undefined);
  const parts = [
    ...(skipped.length > 0
      ? [`; ${skipped.length} recorded steps mean nothing there, its own were taken`]
      : []),
    ...(uncalled.length > 0
      ? [`; not called: ${uncalled.map((index) => trace.steps[index].operation).join(', ')}`]
      : []),
  ];
  const left = parts.join('');
  if (violation === undefined) {
    io.out(`holds: ${design} on ${driver}, ${steps.length} steps taken, no violation${left}\n`);
    return;
  }
  const { without, swaps, mends } = spec;
  const told: Trace = {
    ...trace,
    design,
    driver,
    mends,
    without,
    swaps,
    verdict: verdictOf(violation),
    steps,
  };
  io.out(await showTrace(io, told, { verbose: options.verbose }));
  io.out(
    `\n${same ? 'the trace fails as it was recorded' : `another finding than the recorded ${trace.verdict.cause}`}${left}\n`,
  );
}

function verdictOf({ property, cause, explanation, fault }: Violation): Trace['verdict'] {
  return { property, cause, explanation, ...(fault && { fault }) };
}
