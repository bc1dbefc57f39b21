import { ANSWERS, type Answer, RESUME } from './answers.js';
import type { EventRecord } from './events.js';

/** A transaction that a client device has put to the SMMU and that has faulted. */
export interface Faulted extends Omit<EventRecord, 'stag'> {
  /** CD.S of the context descriptor it faulted by, S1STALLD allowing (5.5). */
  readonly stalls: boolean;
}

interface Held {
  readonly transaction: Faulted;
  readonly stag: number;
  /** Whether its event stands in the queue, or stood there. */
  isRecorded: boolean;
}

/** What becomes of a transaction that was held. */
export interface Outcome {
  readonly transaction: Faulted;
  readonly action: number;
}

/**
 * Transactions that are held and the event queue that tells of them (3.12.2, 7.2). A held transaction has no translation: retried, it is
 * looked up anew. Once its event stands in the queue nothing but an answer or the end of all translation (SMMUEN) ends it, whatever is
 * invalidated (4.3.8). Where the queue is full its event waits, while that of a transaction that has been terminated is lost.
 */
export class StallUnit {
  /** What software has not taken yet, oldest first. */
  private readonly events: EventRecord[] = [];
  private readonly held: Held[] = [];
  /** Events of terminated transactions that found no room: EVENTQ_PROD.OVFLG is not what software acknowledged (7.4). */
  hasOverflowed = false;

  constructor(
    private readonly room: number,
    /** How many transactions can be held at once, which is the implementation's affair. */
    private readonly tags: number,
  ) {}

  /** The tag it is held under; -1 when it was terminated; undefined when it has to wait outside, for want of a tag. */
  fault(transaction: Faulted): number | undefined {
    const { stalls, ...fields } = transaction;
    if (!stalls) {
      if (this.events.length < this.room) this.events.push({ ...fields, stag: -1 });
      else this.hasOverflowed = true;
      return -1;
    }
    const stag = Array.from({ length: this.tags }, (_, tag) => tag).find((tag) =>
      this.held.every((one) => one.stag !== tag),
    );
    if (stag === undefined) return undefined;
    this.held.push({ transaction, stag, isRecorded: false });
    this.record();
    return stag;
  }

  /** Software takes the oldest event. */
  take(): EventRecord | undefined {
    const event = this.events.shift();
    this.record();
    return event;
  }

  /** Tags of the transactions of a stream that are held. */
  heldOf(rid: number): number[] {
    return this.held.filter((one) => one.transaction.rid === rid).map((one) => one.stag);
  }

  /** An answer is consumed. One that names nothing that is held has no effect (4.6.1). */
  consume(answer: Answer): Outcome[] {
    const { ends, match } = ANSWERS.find((one) => one.name === answer.name)!;
    if (ends !== 'stall') return [];
    const fits = ({ stag, transaction }: Held): boolean =>
      match.every((field) =>
        field === 'stag' ? stag === answer.stag : field === 'rid' && transaction.rid === answer.rid,
      );
    const action = answer.name === 'resume' ? answer.action : RESUME.abort;
    return this.end(fits).map(({ transaction }) => ({ transaction, action }));
  }

  /**
   * CMD_SYNC is consumed behind an invalidation that concerns the stream: what nobody has been told of yet is tried again, so
   * that no event comes any more by what was invalidated (7.2.1).
   */
  synchronize(rid: number): Outcome[] {
    return this.end((one) => one.transaction.rid === rid && !one.isRecorded).map(({ transaction }) => ({
      transaction,
      action: RESUME.retry,
    }));
  }

  /** SMMUEN is cleared: everything that is held is terminated, and its tags are free (6.3.9.6). */
  disable(): Outcome[] {
    return this.end(() => true).map(({ transaction }) => ({ transaction, action: RESUME.abort }));
  }

  private end(fits: (one: Held) => boolean): Held[] {
    const ended = this.held.filter(fits);
    for (const one of ended) this.held.splice(this.held.indexOf(one), 1);
    return ended;
  }

  private record(): void {
    for (const one of this.held) {
      if (one.isRecorded || this.events.length >= this.room) continue;
      const { stalls: _, ...fields } = one.transaction;
      this.events.push({ ...fields, stag: one.stag });
      one.isRecorded = true;
    }
  }
}
