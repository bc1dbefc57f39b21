import type { StepContext } from '../../../vocabulary/context.js';
import { read, store } from '../../../vocabulary/make-step.js';
import type { StepSet } from '../../../vocabulary/step.js';
import { directoryLevels } from '../closure.js';
import * as dc from '../entries/device-context.js';
import * as directory from '../entries/directory.js';

/** Levels of the page tables that drivers build: Sv39, and Sv39x4 for the second stage. */
const PAGE_TABLE_MODE = dc.MODE.sv39;
/** pdtp.MODE: process ids of 17 bits, a page of non-leaf entries over pages of process contexts. */
const PROCESS_DIRECTORY_MODE = 2;

function rid(world: StepContext, device: number): number {
  return world.shape.devices[device].rid;
}

/** Place of a device context's first qword in the page that holds it. */
function at(world: StepContext, device: number): number {
  return directory.deviceIndex(rid(world, device), 1) * dc.DC_QWORDS;
}

/** The entry of a directory's table for a device: the table it leads to, or 0. */
function child(world: StepContext, table: number, device: number, level: number): number {
  const index = directory.deviceIndex(rid(world, device), level);
  const low = world.memory.low(table, index);
  if (!directory.isDirectoryValid(low)) return 0;
  return directory.directoryTable(low, world.memory.high(table, index));
}

/** The device directory (2.1): 64-bit stores and reads, one each. Levels are counted from the device contexts, 1. */
export const directorySteps: StepSet = {
  setDirectory: store(
    'store',
    'point the IOMMU to its directory',
    ['iommu', 'table'],
    (world, iommu, table) => {
      world.hardware.setRoot(iommu, table);
      return 0;
    },
  ),
  directoryRoot: read('read the directory pointer', ['iommu'], (world, iommu) => world.hardware.root(iommu)),
  /** How many levels the directory of the IOMMU has (ddtp.iommu_mode). */
  directoryDepth: {
    kind: 'other',
    inputs: ['iommu'],
    skipped: 0,
    instant: true,
    bind: (world) => (iommu) => directoryLevels(world.shape, iommu),
  },
  directoryEntry: read('read the directory entry of level {level}', ['table', 'device', 'level'], child),
  /** Compare-and-exchange of an invalid entry: the outcome is the table that the entry leads to now. */
  linkDirectory: store(
    'store',
    'set the directory entry of level {level}',
    ['table', 'device', 'level', 'child'],
    (world, table, device, level, fresh) => {
      const there = child(world, table, device, level);
      if (there !== 0) return there;
      const [low, high] = directory.makeDirectory(fresh);
      world.memory.store(table, directory.deviceIndex(rid(world, device), level), low, high);
      return fresh;
    },
  ),
  /** The page that holds the device's context: the directory does not change once it leads there. */
  contextPage: read('look up the device context', ['device'], (world, device) => {
    const { iommu } = world.shape.devices[device];
    let table = world.hardware.root(iommu);
    for (let level = directoryLevels(world.shape, iommu); level > 1 && table !== 0; level--)
      table = child(world, table, device, level);
    return table;
  }),

  isContextValid: read('read tc of the device context', ['contexts', 'device'], (world, contexts, device) =>
    dc.isContextValid(world.memory.low(contexts, at(world, device))) ? 1 : 0,
  ),
  contextAllowsAts: read(
    'read EN_ATS of the device context',
    ['contexts', 'device'],
    (world, contexts, device) => ((world.memory.low(contexts, at(world, device)) & dc.DC_ATS) !== 0 ? 1 : 0),
  ),
  /** What the fields behind tc say, valid or not: see {@link STAGES}. */
  contextStages: read(
    'read the stages of the device context',
    ['contexts', 'device'],
    (world, contexts, device) => {
      const { memory } = world;
      const base = at(world, device);
      if (dc.contextMode(memory.high(contexts, base + 1)) !== dc.MODE.bare) return STAGES.second;
      if ((memory.low(contexts, base) & dc.DC_PROCESS_DIRECTORY) !== 0) return STAGES.bare;
      return dc.contextMode(memory.high(contexts, base + 3)) === dc.MODE.bare ? STAGES.bare : STAGES.first;
    },
  ),
  contextPscid: read(
    'read the PSCID of the device context',
    ['contexts', 'device'],
    (world, contexts, device) => dc.pscidOf(world.memory.low(contexts, at(world, device) + 2)),
  ),
  contextGscid: read(
    'read the GSCID of the device context',
    ['contexts', 'device'],
    (world, contexts, device) => dc.gscidOf(world.memory.high(contexts, at(world, device) + 1)),
  ),
  clearContextValid: store(
    'clear',
    'clear V of the device context',
    ['contexts', 'device'],
    (world, contexts, device) => {
      const low = world.memory.low(contexts, at(world, device));
      world.memory.store(contexts, at(world, device), low & ~dc.DC_VALID, 0);
      return 0;
    },
  ),
  /** iohgatp; a root of 0 makes it bare. */
  storeSecondStage: store(
    'store',
    'set iohgatp of the device context',
    ['contexts', 'device', 'gscid', 'root'],
    (world, contexts, device, gscid, root) => {
      const [low, high] = root === 0 ? [0, 0] : dc.makeSecondStage(PAGE_TABLE_MODE, gscid, root);
      world.memory.store(contexts, at(world, device) + 1, low, high);
      return 0;
    },
  ),
  storeAttributes: store(
    'store',
    'set ta of the device context',
    ['contexts', 'device', 'pscid'],
    (world, contexts, device, pscid) => {
      const [low, high] = dc.makeTranslationAttributes(pscid);
      world.memory.store(contexts, at(world, device) + 2, low, high);
      return 0;
    },
  ),
  /** fsc as iosatp; a root of 0 makes it bare. */
  storeFirstStage: store(
    'store',
    'set fsc of the device context',
    ['contexts', 'device', 'root'],
    (world, contexts, device, root) => {
      const [low, high] = root === 0 ? [0, 0] : dc.makeFirstStage(PAGE_TABLE_MODE, root);
      world.memory.store(contexts, at(world, device) + 3, low, high);
      return 0;
    },
  ),
  /** fsc as pdtp. */
  storeProcessDirectory: store(
    'store',
    'point fsc of the device context to the process directory',
    ['contexts', 'device', 'root'],
    (world, contexts, device, root) => {
      const [low, high] = dc.makeFirstStage(PROCESS_DIRECTORY_MODE, root);
      world.memory.store(contexts, at(world, device) + 3, low, high);
      return 0;
    },
  ),
  /** tc of a context without processes. EN_PRI comes with EN_ATS where the device can ask for pages. */
  storeControl: store(
    'store',
    'set tc of the device context',
    ['contexts', 'device', 'valid', 'ats'],
    (world, contexts, device, valid, ats) => {
      const low = (valid !== 0 ? dc.DC_VALID : 0) | (ats !== 0 ? requests(world, device) : 0);
      world.memory.store(contexts, at(world, device), low, 0);
      return 0;
    },
  ),
  /** tc of a context with processes: requests without process id use process 0. */
  storeProcessControl: store(
    'store',
    'set tc of the device context',
    ['contexts', 'device', 'ats'],
    (world, contexts, device, ats) => {
      const low = dc.DC_VALID | dc.DC_PROCESS_DIRECTORY | dc.DC_DEFAULT_PROCESS;
      world.memory.store(contexts, at(world, device), low | (ats !== 0 ? requests(world, device) : 0), 0);
      return 0;
    },
  ),
};

function requests(world: StepContext, device: number): number {
  return dc.DC_ATS | (world.shape.devices[device].pri ? dc.DC_PRI : 0);
}

/** Outcomes of `contextStages`. */
export const STAGES = { bare: 0, first: 1, second: 2 } as const;
