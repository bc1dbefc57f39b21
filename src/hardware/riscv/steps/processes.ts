import type { StepContext } from '../../../vocabulary/context.js';
import { read, store } from '../../../vocabulary/make-step.js';
import type { StepSet } from '../../../vocabulary/step.js';
import * as dc from '../entries/device-context.js';
import * as directory from '../entries/directory.js';
import * as pc from '../entries/process-context.js';

function at(pasid: number): number {
  return directory.processIndex(pasid, 1) * pc.PC_QWORDS;
}

/**
 * The process directory (2.2) of two levels. Spaces of the kernel's are for requests of either privilege, whose pages are user
 * pages all: ENS and SUM are set.
 */
export const processSteps: StepSet = {
  /** The page of process contexts that holds the process id's, or 0. */
  processPage: read('look up the process context', ['directory', 'pasid'], (world, root, pasid) => {
    const index = directory.processIndex(pasid, 2);
    const low = world.memory.low(root, index);
    if (!directory.isDirectoryValid(low)) return 0;
    return directory.directoryTable(low, world.memory.high(root, index));
  }),
  linkProcessPage: store(
    'store',
    'set the non-leaf process-directory entry',
    ['directory', 'pasid', 'page'],
    (world, root, pasid, page) => {
      const [low, high] = directory.makeDirectory(page);
      world.memory.store(root, directory.processIndex(pasid, 2), low, high);
      return 0;
    },
  ),
  isProcessValid: read('read ta of the process context', ['page', 'pasid'], (world, page, pasid) =>
    pc.isProcessValid(world.memory.low(page, at(pasid))) ? 1 : 0,
  ),
  /** The PSCID of a context with a page table; 0 when it is bare. */
  processPscid: read('read the PSCID of the process context', ['page', 'pasid'], (world, page, pasid) =>
    isBare(world, page, pasid) ? 0 : dc.pscidOf(world.memory.low(page, at(pasid))),
  ),
  clearProcessValid: store(
    'clear',
    'clear V of the process context',
    ['page', 'pasid'],
    (world, page, pasid) => {
      const low = world.memory.low(page, at(pasid));
      world.memory.store(page, at(pasid), low & ~pc.PC_VALID, 0);
      return 0;
    },
  ),
  /** fsc; a root of 0 makes it bare. */
  storeProcessFirstStage: store(
    'store',
    'set fsc of the process context',
    ['page', 'pasid', 'root'],
    (world, page, pasid, root) => {
      const [low, high] = root === 0 ? [0, 0] : dc.makeFirstStage(dc.MODE.sv39, root);
      world.memory.store(page, at(pasid) + 1, low, high);
      return 0;
    },
  ),
  /** ta, with V. */
  storeProcessAttributes: store(
    'store',
    'set ta of the process context, with V',
    ['page', 'pasid', 'pscid'],
    (world, page, pasid, pscid) => {
      const flags = pc.PC_VALID | pc.PC_SUPERVISOR | pc.PC_SUM;
      const [low, high] = pc.makeProcessAttributes(pscid, flags);
      world.memory.store(page, at(pasid), low, high);
      return 0;
    },
  ),
};

function isBare(world: StepContext, page: number, pasid: number): boolean {
  return dc.contextMode(world.memory.high(page, at(pasid) + 1)) === dc.MODE.bare;
}
