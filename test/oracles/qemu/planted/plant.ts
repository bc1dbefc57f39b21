import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';
import type * as sides from '../../../../src/oracles/qemu/side-by-side.js';
import type { QemuTarget } from '../../../../src/oracles/qemu/target.js';
import type { PlantedFault } from './faults.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** A copy of the source with the fault in it, loaded: what it says of an architecture and of cases. */
export async function plant(
  fault: PlantedFault,
): Promise<{ target: QemuTarget; SideBySide: typeof sides.SideBySide; remove: () => void }> {
  const copy = mkdtempSync(join(tmpdir(), 'iommu-check-planted-'));
  for (const part of ['hardware', 'oracles', 'vocabulary', 'world'])
    cpSync(join(root, 'src', part), join(copy, 'src', part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
  const file = join(copy, 'src/hardware', fault.file);
  const text = readFileSync(file, 'utf8');
  if (text.split(fault.find).length < 2) throw new Error(`${fault.file} has no longer '${fault.find}'`);
  writeFileSync(
    file,
    text.replace(fault.find, () => fault.replace),
  );
  const jiti = createJiti(copy, { fsCache: false, moduleCache: true });
  const folder = join(copy, 'src/oracles/qemu');
  const exports = await jiti.import<Record<string, unknown>>(join(folder, fault.hardware, 'index.ts'));
  const target = Object.values(exports).find(
    (value) => typeof value === 'object' && value !== null && 'board' in value,
  ) as QemuTarget;
  const { SideBySide } = await jiti.import<typeof sides>(join(folder, 'side-by-side.ts'));
  return { target, SideBySide, remove: () => rmSync(copy, { recursive: true, force: true }) };
}
