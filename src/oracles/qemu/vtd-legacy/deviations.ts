import type { Deviation } from '../target.js';

/** Where QEMU's VT-d in legacy mode is not what the specification says. */
export const DEVIATIONS: readonly Deviation[] = [
  {
    name: 'cached-denial-unrecorded',
    what: 'A write that a cached translation does not permit is dropped, and no fault is recorded',
    section: '7.1',
    shows: {
      hardware: 'vtd-legacy',
      mode: 'three-level',
      root: 4096,
      rootMode: 0,
      stores: [
        '0x1000[0] = 0x0000000001001001',
        '0x1001[65] = 0x0000000000000601',
        '0x1001[64] = 0x0000000001010001',
        '0x1010[0] = 0x0000000001012003',
        '0x1012[0] = 0x0000000001013003',
        '0x1013[128] = 0x0000000002001003',
        '0x1010[1] = 0x0000000001016003',
        '0x1016[0] = 0x000000000101a003',
        '0x101a[0] = 0x0000000002001001',
      ],
      actions: ['read device 1 pasid -1 page 0x40000', 'write device 1 pasid -1 page 0x40000'],
    },
  },
  {
    name: 'upper-denial-first',
    what: 'A right that an entry lacks is reported before a reserved bit of that entry',
    section: '3.7.1, 7.1.3',
    shows: {
      hardware: 'vtd-legacy',
      mode: 'three-level',
      root: 4096,
      rootMode: 0,
      stores: [
        '0x1000[0] = 0x0000000001001001',
        '0x1001[49] = 0x0000000000000601',
        '0x1001[48] = 0x0000000001011001',
        '0x1011[0] = 0x0000000001014003',
      ],
      actions: ['0x1014[0] = 0x4000000001015002', 'read device 0 pasid -1 page 0x42201'],
    },
  },
  {
    name: 'pass-through-sticks',
    what: 'A device that was found to pass through goes on doing so until a context-cache invalidation that names any domain or it, whatever the IOTLB is told',
    section: '6.5.2.3',
    shows: {
      hardware: 'vtd-legacy',
      mode: 'pass-through',
      root: 4096,
      rootMode: 0,
      stores: [
        '0x1000[0] = 0x0000000001001001',
        '0x1001[49] = 0x0000000000000602',
        '0x1001[48] = 0x0000000001011009',
      ],
      actions: ['0x1001[49] = 0x0000000000000503', 'write device 0 pasid -1 page 0x2002'],
    },
  },
];
