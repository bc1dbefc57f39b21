import { readdirSync } from 'node:fs';
import { qemuVersion } from '../../../src/oracles/qemu/qtest.js';
import type { QemuTarget } from '../../../src/oracles/qemu/target.js';

/** Every architecture that is compared with QEMU, found as the command finds it: by its folder. */
export async function loadTargets(): Promise<QemuTarget[]> {
  const folder = new URL('../../../src/oracles/qemu/', import.meta.url);
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const modules = await Promise.all(names.map((name) => import(new URL(`${name}/index.ts`, folder).href)));
  return modules.map((exports) => Object.values(exports).find(isTarget)!);
}

function isTarget(value: unknown): value is QemuTarget {
  return typeof value === 'object' && value !== null && 'board' in value;
}

/** Whether the machine has what a target starts. With CI set there is no excuse for a QEMU that is missing. */
export function hasQemu(target: QemuTarget): boolean {
  const { program } = target.modes[0].launch;
  const version = qemuVersion(program);
  if (version !== undefined && Number.parseInt(version, 10) >= 10) return true;
  const says = `${program} 10 is missing: scripts/install-qemu.sh installs it on Debian`;
  if (process.env.CI) throw new Error(says);
  console.warn(`not compared with QEMU: ${says}`);
  return false;
}
