import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';
import type * as sides from '../../../src/oracles/qemu/side-by-side.js';
import type { QemuTarget } from '../../../src/oracles/qemu/target.js';

/** An error put into a copy of `src/hardware`: what stands there, and what is put in its place. */
export interface PlantedFault {
  readonly kind: 'permission' | 'reserved bit' | 'level' | 'tag' | 'address mask' | 'scope';
  /** Below `src/hardware`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The copy of the source that one fault after the other is put into; what they leave alone is translated once. */
let copied: string | undefined;

function copyOfSource(): string {
  if (copied !== undefined) return copied;
  const copy = mkdtempSync(join(tmpdir(), 'iommu-check-planted-'));
  for (const part of ['hardware', 'oracles', 'vocabulary', 'world'])
    cpSync(join(root, 'src', part), join(copy, 'src', part), { recursive: true });
  // Imports name what will be built; named as they are, they need not be looked for.
  for (const file of readdirSync(join(copy, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const path = join(copy, 'src', file);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/(from '\.[^']*)\.js'/g, "$1.ts'"));
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
  copied = copy;
  return copy;
}

/** Take the copy away, when the last fault has been looked at. */
export function removeCopy(): void {
  if (copied !== undefined) rmSync(copied, { recursive: true, force: true });
  copied = undefined;
}

/** The copy of the source with the fault in it, loaded: what it says of the architecture and of cases. One fault at a time. */
export async function plant(
  hardware: string,
  fault: PlantedFault,
): Promise<{ target: QemuTarget; SideBySide: typeof sides.SideBySide; remove: () => void }> {
  const copy = copyOfSource();
  const file = join(copy, 'src/hardware', fault.file);
  const text = readFileSync(file, 'utf8');
  if (text.split(fault.find).length < 2) throw new Error(`${fault.file} has no longer '${fault.find}'`);
  writeFileSync(
    file,
    text.replace(fault.find, () => fault.replace),
  );
  const jiti = createJiti(copy, { fsCache: join(copy, 'cache'), moduleCache: true });
  // Modules of the fault before.
  for (const loaded of Object.keys(jiti.cache)) if (loaded.startsWith(copy)) delete jiti.cache[loaded];
  const folder = join(copy, 'src/oracles/qemu');
  const exports = await jiti.import<Record<string, unknown>>(join(folder, hardware, 'index.ts'));
  const target = Object.values(exports).find(
    (value) => typeof value === 'object' && value !== null && 'board' in value,
  ) as QemuTarget;
  const { SideBySide } = await jiti.import<typeof sides>(join(folder, 'side-by-side.ts'));
  return { target, SideBySide, remove: () => writeFileSync(file, text) };
}
