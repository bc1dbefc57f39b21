import { EVENT } from '../../../hardware/smmuv3/events.js';
import { smmuv3 } from '../../../hardware/smmuv3/index.js';
import { casesOf } from '../plot.js';
import { oracleShape } from '../shape.js';
import type { QemuTarget } from '../target.js';
import { SLOTS_OF_MASTERS, SmmuBoard } from './board.js';
import { DEVIATIONS } from './deviations.js';
import { SmmuModel } from './model.js';
import { BYPASS_SCRIPT, DATA_FRAMES, FRAMES, PAGES, smmuPlot, TABLES } from './plots.js';

const shape = oracleShape(
  SLOTS_OF_MASTERS.map((slot) => slot << 3),
  PAGES,
);
const { devices } = shape;
const shapeOf = (levels: number) => ({
  ...shape,
  iommus: shape.iommus.map((iommu) => ({ ...iommu, directoryLevels: levels })),
});

const launch = {
  program: 'qemu-system-aarch64',
  debianPackage: 'qemu-system-arm',
  arguments: () => [
    ...'-accel tcg -S -M virt,iommu=smmuv3,highmem-ecam=off -cpu cortex-a57,start-powered-off=on -m 1G'.split(
      ' ',
    ),
    ...SLOTS_OF_MASTERS.flatMap((slot) => ['-device', `lsi53c895a,addr=${slot}`]),
  ],
};

const LINEAR = 'linear stream table';
/** QEMU does not go back from two levels to a linear table, so a mode has the one or the other. */
const TWO_LEVEL = 'two-level stream table';
const COMMON = ['stream table entry', 'abort', 'configuration cache', 'CFGI', 'TLB', 'TLBI'];
const BLOCKS = ['4K pages, 2M and 1G blocks', 'access flag'];

/** The SMMUv3 of QEMU's virt machine. */
export const smmuTarget: QemuTarget = {
  architecture: smmuv3,
  devices,
  shape: shapeOf,
  frames: FRAMES,
  tables: TABLES,
  dataFrames: DATA_FRAMES,
  board: new SmmuBoard(),
  modes: [
    {
      name: 'first',
      launch,
      features: [TWO_LEVEL, ...COMMON, 'context descriptor', ...BLOCKS, 'APTable'],
      cases: casesOf(smmuPlot('first', 2, devices)),
    },
    {
      name: 'second',
      launch,
      features: [LINEAR, ...COMMON, ...BLOCKS],
      cases: casesOf(smmuPlot('second', 1, devices)),
    },
    {
      name: 'nested',
      launch,
      features: [TWO_LEVEL, ...COMMON, 'context descriptor at intermediate addresses', ...BLOCKS],
      cases: casesOf(smmuPlot('nested', 2, devices)),
    },
    {
      name: 'bypass',
      launch,
      features: [LINEAR, ...COMMON, 'change from and to stage 2'],
      scriptPage: BYPASS_SCRIPT,
      cases: casesOf(smmuPlot('bypass', 1, devices)),
    },
  ],
  notCompared: [
    { what: 'substreams', covered: 'two walkers' },
    { what: 'unprivileged access (AP[1], APTable[0]), global mappings', covered: 'two walkers' },
    { what: 'ATS, page requests, stalls', covered: 'two walkers, cell by cell' },
    { what: 'accesses in flight, CMD_SYNC', covered: 'cell by cell' },
  ],
  deviations: DEVIATIONS,
  denials: [EVENT.permission],
  silent: EVENT.aborted,
  model: (memory, levels) => new SmmuModel(memory, shapeOf(levels), levels),
};
