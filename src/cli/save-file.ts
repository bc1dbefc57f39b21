import { access, constants, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputError } from '../catalog/input-error.js';
import { reasonOf } from '../catalog/user-file.js';

/** Make the folder if it is not there, and make sure that files can be made in it: asked before long work begins. */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new InputError(`the output folder cannot be written: ${reasonOf(error)}`, { file: folder });
  }
}

/** The same for the folder that a file is to be written in. */
export async function prepareFile(file: string): Promise<void> {
  const folder = dirname(file);
  try {
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new InputError(`the file cannot be written: ${reasonOf(error)}`, { file });
  }
}

/** Write a file whole or not at all. */
export async function saveFile(file: string, text: string): Promise<void> {
  const draft = join(dirname(file), `.${process.pid}.${Math.trunc(performance.now())}.draft`);
  try {
    await writeFile(draft, text);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw new InputError(`the file cannot be written: ${reasonOf(error)}`, { file });
  }
}
