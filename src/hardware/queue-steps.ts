import type { Step } from '../vocabulary/step.js';

/** Added to a span: nothing but leaf entries has changed. */
export const LEAF_ONLY = 64;
/** A span of every page. */
export const EVERY_PAGE = 52;

/**
 * The inputs of a flush step behind `device`, in their order: what each is to the command, and its name to drivers. A span is how many
 * low page bits to ignore, with {@link LEAF_ONLY} added or not.
 */
export type Operands = Readonly<Partial<Record<'pasid' | 'tag' | 'page' | 'span', string>>>;

/** A page and its span. */
export const PAGES = { page: 'page', span: 'span' } as const;

/** What a command has where no input says it. */
export interface Defaults {
  readonly tag: number;
  readonly span: number;
}

/** A command, by its number, put into the queue when it has room. The outcome is the ticket to wait for. */
export function flushStep(command: number, says: string, operands: Operands, otherwise: Defaults): Step {
  const taken = Object.keys(operands);
  const [pasid, tag, page, span] = ['pasid', 'tag', 'page', 'span'].map((operand) => taken.indexOf(operand));
  const { tag: anyTag, span: anySpan } = otherwise;
  return {
    kind: 'flush',
    sight: 'hardware',
    inputs: ['device', ...Object.values(operands)],
    skipped: 0,
    says,
    bind: (world) => (device, b, c, d, e) => {
      const given = (at: number, value: number): number =>
        at === 0 ? b : at === 1 ? c : at === 2 ? d : at === 3 ? e : value;
      const width = given(span, anySpan);
      return world.hardware.submit(
        command,
        device,
        given(pasid, -1),
        given(tag, anyTag),
        given(page, 0),
        width % LEAF_ONLY,
        width >= LEAF_ONLY ? 1 : 0,
      );
    },
    ready: (world) => (device) => world.hardware.canSubmit(device),
  };
}

/** Wait for the command of a ticket, and every one before it. */
export function waitStep(says: string): Step {
  return {
    kind: 'wait',
    inputs: ['device', 'ticket'],
    skipped: 0,
    says,
    bind: () => () => 0,
    ready: (world) => (device, ticket) => world.hardware.hasCompleted(device, ticket),
  };
}
