/** Operations that belong together: worlds leave them out as one. */
export const MEMORY = ['map', 'unmap', 'protect', 'allocFrame', 'freeFrame'] as const;
export const NESTING = ['bindNested', 'unbindNested', 'guestWrite', 'guestInvalidate'] as const;
export const FAULTS = ['registerFaultHandler', 'unregisterFaultHandler', 'respond', 'pageRequest'] as const;
export const SUBDEVICES = ['createSubdevice', 'removeSubdevice', 'enableFeature', 'disableFeature'] as const;
export const PLUGGING = ['probe', 'release', 'reset'] as const;
