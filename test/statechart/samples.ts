import { and } from 'xstate';
import { args, procedure, reg, registers, result } from '../../src/statechart/procedure.js';
import { ERRNO } from '../../src/vocabulary/errno.js';
import type { Step, StepSet } from '../../src/vocabulary/step.js';

/** A step for machines whose steps are never run: only its declared shape matters. */
export function shape(inputs: readonly string[], rest: Partial<Step> = {}): Step {
  return { kind: 'other', inputs, skipped: 0, bind: () => () => 0, ...rest };
}

export const steps: StepSet = {
  lock: shape(['id'], { statics: ['family'] }),
  unlock: shape(['id'], { statics: ['family'] }),
  allocate: shape(['low', 'high'], { errors: ['ENOMEM', 'ENOSPC'], alternatives: 2 }),
  load: shape(['of'], { statics: ['field'] }),
  store: shape(['of', 'value'], { statics: ['field'] }),
  flush: shape(['device', 'domain'], { skipped: 1 }),
};

/** A driver procedure with a loop, a failure and a result. */
export const setEntry = procedure.createMachine({
  id: 'setEntry',
  context: registers({ device: 'int', domain: 'ref', tries: 'int', id: 'int', errno: 'int' }),
  output: result('id'),
  initial: 'allocate',
  states: {
    allocate: {
      invoke: {
        src: 'allocate',
        input: args({ low: 1, high: reg('device') }),
        onDone: { target: 'write', actions: { type: 'keep', params: { register: 'id' } } },
        onError: [
          {
            guard: and([
              { type: 'errorIs', params: { errno: ERRNO.ENOMEM } },
              { type: 'below', params: { register: 'tries', value: 2 } },
            ]),
            target: 'allocate',
            reenter: true,
            actions: { type: 'add', params: { register: 'tries', value: 1 } },
          },
          { target: 'failed', actions: { type: 'keep', params: { register: 'errno' } } },
        ],
      },
    },
    write: {
      invoke: {
        src: 'store',
        input: args({ field: 'entry.domain', of: reg('domain'), value: reg('id') }),
        onDone: [
          { guard: { type: 'resultIsNot', params: { value: 0 } }, target: 'flush' },
          { target: 'end' },
        ],
      },
    },
    flush: {
      invoke: {
        src: 'flushAll',
        input: args({ device: reg('device'), domain: reg('domain') }),
        onDone: 'end',
      },
    },
    failed: { invoke: { src: 'fail', input: args({ errno: reg('errno') }) } },
    end: { type: 'final' },
  },
});

/** A driver procedure that another one calls, and that cannot fail. */
export const flushAll = procedure.createMachine({
  id: 'flushAll',
  context: registers({ device: 'int', domain: 'ref', round: 'int' }),
  initial: 'flush',
  states: {
    flush: {
      invoke: {
        src: 'flush',
        input: args({ device: reg('device'), domain: reg('domain') }),
        onDone: { target: 'again', actions: { type: 'add', params: { register: 'round', value: 1 } } },
      },
    },
    again: {
      always: [{ guard: { type: 'below', params: { register: 'round', value: 2 } }, target: 'flush' }, 'end'],
    },
    end: { type: 'final' },
  },
});

/** A design procedure that calls the driver twice, with unwinding. */
export const attach = procedure.createMachine({
  id: 'attach',
  context: registers({ device: 'int', domain: 'ref', old: 'ref', id: 'int', errno: 'int' }),
  output: result('id'),
  initial: 'lock',
  states: {
    lock: { invoke: { src: 'lock', input: args({ family: 'group', id: reg('device') }), onDone: 'read' } },
    read: {
      invoke: {
        src: 'load',
        input: args({ field: 'device.domain', of: 3 }),
        onDone: { target: 'compare', actions: { type: 'keep', params: { register: 'old' } } },
      },
    },
    compare: {
      always: [
        {
          guard: { type: 'same', params: { left: 'old', right: 'domain' } },
          target: 'unlock',
          actions: { type: 'set', params: { register: 'errno', value: ERRNO.EBUSY } },
        },
        {
          guard: { type: 'isNot', params: { register: 'old', value: 0 } },
          target: 'change',
          actions: [
            { type: 'copy', params: { from: 'domain', to: 'old' } },
            { type: 'set', params: { register: 'id', value: 9 } },
          ],
        },
        { target: 'change' },
      ],
    },
    change: {
      invoke: {
        src: 'driver/setEntry',
        input: args({ device: reg('device'), domain: reg('old') }),
        onDone: { target: 'unlock', actions: { type: 'keep', params: { register: 'id' } } },
        onError: [
          {
            guard: { type: 'errorIs', params: { errno: ERRNO.ENOSPC } },
            target: 'undo',
            actions: { type: 'keep', params: { register: 'errno' } },
          },
          { target: 'unlock', actions: { type: 'keep', params: { register: 'errno' } } },
        ],
      },
    },
    undo: {
      invoke: {
        src: 'driver/flushAll',
        input: args({ device: reg('device'), domain: reg('domain') }),
        onDone: 'unlock',
      },
    },
    unlock: {
      invoke: {
        src: 'unlock',
        input: args({ family: 'group', id: reg('device') }),
        onDone: [
          { guard: { type: 'is', params: { register: 'errno', value: 0 } }, target: 'attached' },
          'failed',
        ],
      },
    },
    attached: { type: 'final' },
    failed: { invoke: { src: 'fail', input: args({ errno: reg('errno') }) } },
  },
});
