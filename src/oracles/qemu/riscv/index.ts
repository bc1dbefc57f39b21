import fc from 'fast-check';
import { CAUSE } from '../../../hardware/riscv/causes.js';
import { riscv } from '../../../hardware/riscv/index.js';
import { casesOf } from '../plot.js';
import { oracleShape } from '../shape.js';
import type { QemuTarget, TargetMode } from '../target.js';
import { RiscvBoard, SLOTS_OF_MASTERS } from './board.js';
import { DEVIATIONS } from './deviations.js';
import { RiscvModel } from './model.js';
import { DATA_FRAMES, FRAMES, PAGES, riscvPlot, TABLES } from './plots.js';

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
  program: 'qemu-system-riscv64',
  debianPackage: 'qemu-system-riscv',
  arguments: () => [
    ...'-accel tcg -S -M virt,iommu-sys=on -m 1G -bios none -cpu rv64,start-powered-off=on'.split(' '),
    ...SLOTS_OF_MASTERS.flatMap((slot) => ['-device', `lsi53c895a,addr=${slot}`]),
  ],
};

const COMMON = ['device directory of 1, 2 and 3 levels', 'device context', 'context cache', 'IODIR'];
const NAMES = ['', '', '', 'sv39', 'sv48', 'sv57'];

/** Both stages by their levels, by DMA and with process ids. */
function mode(first: number, second: number): TargetMode[] {
  const stages = [NAMES[first], NAMES[second] === '' ? '' : `${NAMES[second]}x4`].filter(
    (name) => name !== '',
  );
  const base = stages.join('-') || 'bare';
  const kinds = [
    ...(first > 0 ? ['IOTINVAL.VMA'] : []),
    ...(second > 0 ? ['IOTINVAL.GVMA'] : []),
    ...(first + second > 0 ? ['4K, 2M and 1G pages', 'A, D, W without R'] : []),
  ];
  return [false, true].map((carries) => {
    const name = carries ? `${base}-pasid` : base;
    // Only the debug interface carries process ids, and a bare master finds no script where its page is.
    const asked = carries || first + second === 0;
    // The depth of the device directory is drawn with the rest of the case.
    const cases = fc.oneof(
      ...[1, 2, 3].map((levels) =>
        casesOf(riscvPlot({ mode: name, first, second, asked, carries, devices }, levels)),
      ),
    );
    const features = carries
      ? [...COMMON, 'process directory (PD8)', ...kinds, 'addresses above 2^32']
      : [...COMMON, 'default process', 'IOATC', ...kinds];
    return { name, launch, features, cases, asked };
  });
}

/** The RISC-V IOMMU of QEMU's virt machine. */
export const riscvTarget: QemuTarget = {
  architecture: riscv,
  devices,
  shape: shapeOf,
  frames: FRAMES,
  tables: TABLES,
  dataFrames: DATA_FRAMES,
  board: new RiscvBoard(),
  modes: [
    ...mode(3, 0),
    ...mode(4, 0),
    ...mode(5, 0),
    ...mode(0, 3),
    ...mode(0, 4),
    ...mode(0, 5),
    ...mode(3, 3),
    ...mode(4, 4),
    ...mode(5, 5),
    ...mode(0, 0),
  ],
  notCompared: [
    { what: 'process directories of 17 and 20 bits', covered: 'two walkers' },
    { what: 'reserved bits, U, global mappings', covered: 'two walkers' },
    { what: 'ATS, page requests', covered: 'two walkers, cell by cell' },
    { what: 'accesses in flight, IOFENCE.C', covered: 'cell by cell' },
  ],
  deviations: DEVIATIONS,
  recordsAllAddresses: true,
  denials: [CAUSE.readPage, CAUSE.writePage, CAUSE.readGuestPage, CAUSE.writeGuestPage],
  model: (memory, levels, { asked }) => new RiscvModel(memory, shapeOf(levels), levels, asked === true),
};
