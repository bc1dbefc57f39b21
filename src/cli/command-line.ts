import { Command, CommanderError } from 'commander';
import { InputError, oneLine, unknownName } from '../catalog/input-error.js';
import { reasonOf, userFileOf } from '../catalog/user-file.js';
import { packageVersion } from '../catalog/package-files.js';
import { UnresolvedRecord } from '../checker/trace.js';
import { TraceError } from '../trace/parse.js';
import { checkCommand } from './check.js';
import { applyConfig } from './config.js';
import { conformanceCommand } from './conformance.js';
import { diagramCommand } from './diagram.js';
import { EXIT } from './exit-codes.js';
import { exploreCommand } from './explore.js';
import type { Io } from './io.js';
import { listCommand } from './list.js';
import { replayCommand } from './replay.js';
import { runCommand } from './run.js';
import { showCommand } from './show.js';
import { shrinkCommand } from './shrink.js';

/** What every verb is given. */
export interface Session {
  readonly io: Io;
  readonly version: string;
  /** Set by the verb: 0 holds, 1 a violation. */
  exitCode: number;
}

/** Run one command line; returns its exit code. */
export async function commandLine(args: readonly string[], io: Io): Promise<number> {
  const session: Session = { io, version: await packageVersion(), exitCode: 0 };
  const program = createProgram(session);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return session.exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return reportError(error, io);
  }
}

/** Say what went wrong; returns the exit code. What a user's file throws is the file's fault, wherever it surfaces. */
export function reportError(error: unknown, io: Pick<Io, 'err'>): number {
  const file = userFileOf(error);
  const message = lineOf(error) ?? (file && new InputError(reasonOf(error), { file }).message);
  if (message !== undefined) {
    io.err(`iommu-check: ${message}\n`);
    return EXIT.badInput;
  }
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.err(`iommu-check: this is a fault of iommu-check itself, not a result; please report it\n${told}\n`);
  return EXIT.ownFault;
}

function createProgram(session: Session): Command {
  const { io } = session;
  const program = new Command('iommu-check')
    .description('Finds design bugs in IOMMU lifecycle APIs before they are code.')
    .version(session.version)
    .helpCommand(false)
    .showHelpAfterError(false);
  program.addCommand(checkCommand(session));
  program.addCommand(listCommand(session));
  program.addCommand(runCommand(session));
  program.addCommand(exploreCommand(session));
  program.addCommand(replayCommand(session));
  program.addCommand(shrinkCommand(session));
  program.addCommand(showCommand(session));
  program.addCommand(diagramCommand(session));
  program.addCommand(conformanceCommand(session));
  program.addCommand(helpCommand(program));
  program.addHelpText('after', '\nExample:\n  iommu-check run --design aux-domain --runs 200\n');
  for (const command of [program, ...program.commands]) {
    command.exitOverride();
    command.configureOutput({
      writeOut: io.out,
      writeErr: () => {},
      getOutHelpWidth: () => Math.min(io.columns, 100),
    });
    command.allowExcessArguments(false);
  }
  program.hook('preAction', (_, command) => applyConfig(command, program, io.folder));
  return program;
}

/** In place of the parser's own, which takes any word for a verb. */
function helpCommand(program: Command): Command {
  return new Command('help')
    .description('say what there is, or what a verb does')
    .argument('[verb]', 'a verb')
    .addHelpText('after', '\nExample:\n  iommu-check help run\n')
    .action((verb: string | undefined) => {
      const found = verb === undefined ? program : program.commands.find((each) => each.name() === verb);
      if (found === undefined)
        throw unknownName(
          'verb',
          verb as string,
          program.commands.map((each) => each.name()),
        );
      found.outputHelp();
    });
}

/** Errors of the input, in a line; undefined for an error of this program. */
function lineOf(error: unknown): string | undefined {
  if (error instanceof InputError || error instanceof TraceError || error instanceof UnresolvedRecord)
    return error.message;
  if (!(error instanceof CommanderError)) return undefined;
  if (error.code === 'commander.help') return 'no verb given; see iommu-check --help';
  const [first, hint] = error.message.replace(/^error: /, '').split('\n');
  const told = first
    .replace(/^command-argument value '(.*)' is invalid for argument '(.*)'/, "argument '$2' cannot be '$1'")
    .replace(/ argument '(.*)' is invalid/, " cannot be '$1'")
    .replace(/\. /, ': ')
    .replace(/\.$/, '');
  return oneLine(`${told}${hint ? ` ${hint}` : ''}; see iommu-check --help`);
}
