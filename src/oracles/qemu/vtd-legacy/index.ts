import { encode } from '../../../hardware/vtd-legacy/descriptors.js';
import { FAULT } from '../../../hardware/vtd-legacy/faults.js';
import { COMMAND, type CommandName, vtdLegacy } from '../../../hardware/vtd-legacy/index.js';
import type { Command } from '../case.js';
import { casesOf } from '../plot.js';
import { oracleShape } from '../shape.js';
import type { QemuTarget } from '../target.js';
import { SLOTS_OF_MASTERS, VtdBoard } from '../vtd/board.js';
import { launch } from '../vtd/index.js';
import { DATA_FRAMES, FRAMES, PAGES, TABLES } from '../vtd/plots.js';
import { DEVIATIONS } from './deviations.js';
import { LegacyModel } from './model.js';
import { legacyPlot } from './plots.js';

const shape = oracleShape(
  SLOTS_OF_MASTERS.map((slot) => slot << 3),
  PAGES,
);
const { devices } = shape;

function encodeCommand(command: Command, rid: number, words: Int32Array): void {
  const { name, pasid, tag, page, mask, hint } = command;
  encode({ command: COMMAND[name as CommandName], rid, pasid, tag, page, mask, hint }, words);
}

const COMMON = ['root and context entries', 'context cache', 'IOTLB', 'reserved bits'];

/** Legacy mode of the VT-d of QEMU's q35 machine. */
export const legacyTarget: QemuTarget = {
  architecture: vtdLegacy,
  devices,
  shape: () => shape,
  frames: FRAMES,
  tables: TABLES,
  dataFrames: DATA_FRAMES,
  board: new VtdBoard({ root: 0, queue: 0 }, encodeCommand, 2),
  modes: [
    {
      name: 'three-level',
      launch: launch(''),
      features: [...COMMON, '4K, 2M and 1G pages'],
      cases: casesOf(legacyPlot('three-level', 3, devices)),
    },
    {
      name: 'four-level',
      launch: launch(''),
      features: [...COMMON, '4K, 2M and 1G pages'],
      cases: casesOf(legacyPlot('four-level', 4, devices)),
    },
    {
      name: 'pass-through',
      launch: launch(''),
      features: [...COMMON, 'change from and to tables'],
      cases: casesOf(legacyPlot('pass-through', 4, devices)),
    },
  ],
  notCompared: [
    { what: 'translation requests, device-TLB', covered: 'two walkers, cell by cell' },
    { what: 'not-present entries cached (caching mode)', covered: 'cell by cell' },
  ],
  deviations: DEVIATIONS,
  denials: [FAULT.writeDenied, FAULT.readDenied],
  model: (memory) => new LegacyModel(memory, shape),
};
