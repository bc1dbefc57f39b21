import { access, constants, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { InputError } from '../catalog/input-error.js';
import { reasonOf } from '../catalog/user-file.js';

/** Make the folder if it is not there, and make sure that files can be made in it: asked before long work begins. */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    if (folder === '') throw new Error('its name is empty');
    await makeFolder(resolve(folder));
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new InputError(`the output folder cannot be written: ${reasonOf(error)}`, { file: folder });
  }
}

/** Folder by folder: where one cannot be made, as in `/proc`, Node's own recursion never ends. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    if (code !== 'ENOENT' || (await exists(dirname(folder)))) throw error;
    await makeFolder(dirname(folder));
    await mkdir(folder);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** The same for the folder that a file is to be written in. */
export async function prepareFile(file: string): Promise<void> {
  const folder = dirname(file);
  try {
    if (file === '') throw new Error('its name is empty');
    await access(folder, constants.W_OK | constants.X_OK);
    if ((await exists(file)) && (await stat(file)).isDirectory()) throw new Error('it is a folder');
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
