#!/usr/bin/env node
import { Console } from 'node:console';
import { InputError } from '../catalog/input-error.js';
import { refuseExit } from '../catalog/user-file.js';
import { commandLine, reportError } from './command-line.js';
import { processIo } from './io.js';

const io = processIo();
const exit = process.exit.bind(process);
refuseExit();

// A reader that goes away (`| head`) is no error of ours; a full disk is.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE')
      exit(reportError(new InputError(`the output cannot be written: ${error.message}`), io));
  });
}
// What a user's file prints must not get into a document on stdout.
globalThis.console = new Console(process.stderr);
// A promise or timer of a user's file may fail when nobody waits for it.
process.on('uncaughtException', (error) => exit(reportError(error, io)));

process.exitCode = await commandLine(process.argv.slice(2), io);
// What a user's file has left running (a timer, a server) does not keep the program once everything is written.
// A write that fails is told after this one is done.
process.stdout.write('', () => process.stderr.write('', () => setImmediate(exit)));
