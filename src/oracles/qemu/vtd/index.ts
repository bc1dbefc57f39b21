import { FAULT } from '../../../hardware/vtd/faults.js';
import { encode } from '../../../hardware/vtd/descriptors.js';
import { COMMAND, type CommandName, vtd } from '../../../hardware/vtd/index.js';
import type { Command } from '../case.js';
import { casesOf } from '../plot.js';
import type { QemuLaunch } from '../qtest.js';
import { oracleShape } from '../shape.js';
import type { QemuTarget } from '../target.js';
import { SCALABLE_ROOT, SLOTS_OF_MASTERS, VtdBoard, WIDE_QUEUE } from './board.js';
import { DEVIATIONS } from './deviations.js';
import { recorded, VtdModel } from './model.js';
import { DATA_FRAMES, FRAMES, PAGES, TABLES, vtdPlot } from './plots.js';

const shape = oracleShape(
  SLOTS_OF_MASTERS.map((slot) => slot << 3),
  PAGES,
);

function encodeCommand(command: Command, rid: number, words: Int32Array): void {
  const { name, pasid, tag, page, mask, hint } = command;
  encode({ command: COMMAND[name as CommandName], rid, pasid, tag, page, mask, hint }, words);
}

/** A firmware that halts: the machine needs one, and never runs it. */
const HALT = { 'halt.bin': new Uint8Array(65536).fill(0xf4) };

/** QEMU's q35 machine, with an `intel-iommu` of these features. */
export function launch(features: string): QemuLaunch {
  return {
    program: 'qemu-system-x86_64',
    debianPackage: 'qemu-system-x86',
    files: HALT,
    arguments: (folder) => [
      ...'-accel tcg -S -machine q35,hpet=off,pit=off -m 1G -vga none'.split(' '),
      ...['-bios', `${folder}/halt.bin`],
      ...['-device', `intel-iommu,aw-bits=48${features}`],
      ...SLOTS_OF_MASTERS.flatMap((slot) => ['-device', `lsi53c895a,addr=${slot}`]),
    ],
  };
}

const COMMON = [
  'root and context entries',
  'PASID directory and entry by RID_PASID',
  'context cache',
  'IOTLB',
];

/** Scalable-mode VT-d of QEMU's q35 machine. */
export const vtdTarget: QemuTarget = {
  architecture: vtd,
  devices: shape.devices,
  shape: () => shape,
  frames: FRAMES,
  tables: TABLES,
  dataFrames: DATA_FRAMES,
  board: new VtdBoard({ root: SCALABLE_ROOT, queue: WIDE_QUEUE }, encodeCommand, 4),
  modes: [
    {
      name: 'first',
      launch: launch(',x-scalable-mode=on,x-flts=on'),
      features: [...COMMON, '4K, 2M and 1G pages', 'reserved bits', 'PASID-based invalidation'],
      cases: casesOf(vtdPlot('first', shape)),
    },
    {
      name: 'second',
      launch: launch(',x-scalable-mode=on'),
      features: [...COMMON, '4K, 2M and 1G pages', 'reserved bits'],
      cases: casesOf(vtdPlot('second', shape)),
    },
    {
      name: 'pass-through',
      launch: launch(',x-scalable-mode=on'),
      features: [...COMMON, 'change from and to second-stage'],
      cases: casesOf(vtdPlot('pass-through', shape)),
    },
  ],
  notCompared: [
    { what: 'nested', covered: 'two walkers, cell by cell' },
    { what: 'requests with PASID', covered: 'two walkers, cell by cell' },
    { what: 'PASID cache (QEMU has none)', covered: 'cell by cell' },
    { what: 'translation requests, device-TLB', covered: 'two walkers, cell by cell' },
  ],
  deviations: DEVIATIONS,
  denials: [FAULT.writeDenied, FAULT.readDenied],
  model: (memory) => new VtdModel(memory, shape),
  recorded,
};
