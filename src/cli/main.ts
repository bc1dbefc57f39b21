#!/usr/bin/env node
import { commandLine } from './command-line.js';
import { processIo } from './io.js';

// A reader that goes away (`| head`) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await commandLine(process.argv.slice(2), processIo());
