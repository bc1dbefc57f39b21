import type { Effect } from '../../world/ledger.js';
import type { Answer, Case, Command, Request } from './case.js';
import { access, answerOf, prepareDataFrames, SCRIPT_PAGE } from './lsi.js';
import { PageMemory } from './memory.js';
import { Batch, Qtest } from './qtest.js';
import {
  type Expected,
  type QemuTarget,
  RENUMBERED,
  type TargetMode,
  UNADDRESSED,
  UNKNOWN_PAGE,
} from './target.js';
import { WorstCase } from './worst-case.js';

/** A request on which the two sides differ. */
export interface Difference {
  /** Place of the request among the case's actions. */
  readonly action: number;
  readonly qemu: Answer;
  readonly ours: Answer;
  /** Whether the specification lets hardware answer as QEMU does. */
  readonly allowed: boolean;
}

/** What one case gave. */
export interface Comparison {
  /** Requests whose answers were compared. */
  readonly compared: number;
  /** Names of the deviations that answers were explained by, each as often as it was. */
  readonly deviations: readonly string[];
  readonly difference: Difference | undefined;
  /** What QEMU answered: to action number … */
  readonly answers: ReadonlyMap<number, Answer>;
}

/** A request that was sent: what is expected, and what came. */
interface Sent {
  readonly action: number;
  readonly request: Request;
  readonly expected: Expected;
  /** Worked out while memory is as it was then. */
  readonly walked: Answer;
  answer: Answer | undefined;
}

/** QEMU and our hardware with the same bytes. One process serves any number of cases. */
export class SideBySide {
  private qtest: Qtest | undefined;
  private serial = 0;

  constructor(
    private readonly target: QemuTarget,
    private readonly mode: TargetMode,
  ) {}

  async stop(): Promise<void> {
    await this.qtest?.stop();
    this.qtest = undefined;
  }

  /** Run a case on both sides. Throws QemuStopped when QEMU does not survive it, QemuNotStarted when the case is not to blame. */
  async compare(c: Case): Promise<Comparison> {
    this.qtest ??= await this.start();
    const batch = new Batch();
    const sent = this.prepare(batch, c);
    await this.qtest.run(batch);
    return this.judge(c, sent);
  }

  /** Judge answers given before, without QEMU: `answers` by the place of the request among the actions. */
  judgeRecorded(c: Case, answers: ReadonlyMap<number, Answer>): Comparison {
    const sent = this.prepare(new Batch(), c);
    for (const one of sent) one.answer = answers.get(one.action);
    return this.judge(c, sent);
  }

  private async start(): Promise<Qtest> {
    const batch = new Batch();
    this.target.board.setUp(batch);
    prepareDataFrames(batch, this.target.dataFrames);
    return Qtest.start(this.mode.launch, batch);
  }

  /** Our side of the case, and the lines of QEMU's. */
  private prepare(batch: Batch, c: Case): Sent[] {
    const { target } = this;
    const { board } = target;
    const memory = new PageMemory(target.frames, c.root);
    for (const { first, count } of target.tables) batch.fill(first * 4096, count * 4096, 0);
    const store = (one: Case['stores'][number]): void => {
      memory.store(one);
      batch.writeQuad(one.frame * 4096 + one.index * 8, one.low, one.high);
    };
    for (const one of c.stores) store(one);
    board.begin(batch, c.root, c.rootMode);
    const model = target.model(memory, c.rootMode, this.mode);
    const sent: Sent[] = [];
    c.actions.forEach((action, i) => {
      switch (action.do) {
        case 'store':
          store(action);
          break;
        case 'command':
          board.command(batch, action, target.devices[action.device].rid);
          model.command(this.effectOf(action));
          break;
        case 'request': {
          const asked = this.mode.asked === true;
          const script = { ...action, page: this.mode.scriptPage ?? SCRIPT_PAGE, permission: 1 };
          if (!asked && ![script, action].every((each) => this.canTell(model.request(each, false).answer)))
            break;
          const first = asked ? undefined : model.request(script, true);
          const isStopped = first !== undefined && first.answer.kind !== 'frame';
          const request = isStopped ? script : action;
          const expected = isStopped ? first : model.request(action, true);
          const one: Sent = { action: i, request, expected, walked: model.walk(request), answer: undefined };
          sent.push(one);
          this.send(batch, action, one, asked);
          break;
        }
      }
    });
    return sent;
  }

  private send(batch: Batch, action: Request, one: Sent, asked: boolean): void {
    const { board, dataFrames, devices } = this.target;
    const take = (answer: Answer): void => {
      one.answer = answer;
    };
    if (asked) {
      board.ask?.(batch, action, devices[action.device].rid, take);
      return;
    }
    const base = board.masters[action.device];
    this.serial = (this.serial % 0x7fffffff) + 1;
    const seen = access(
      batch,
      base,
      this.mode.scriptPage ?? SCRIPT_PAGE,
      action.page,
      action.permission,
      this.serial,
      dataFrames,
    );
    board.takeFault(batch, (fault) => take(answerOf(seen, fault)));
  }

  /**
   * Whether an access so answered may be sent. A frame that is no data frame could not be told from another, a write to it
   * might harm a table, and what stands in it is no script.
   */
  private canTell(answer: Answer): boolean {
    return answer.kind !== 'frame' || this.target.dataFrames.includes(answer.frame);
  }

  private effectOf({ name, device, pasid, tag, page, mask, hint }: Command): Effect {
    const command = this.target.architecture.commands.findIndex((candidate) => candidate.name === name);
    return { command, device, pasid, tag, page, mask, hint };
  }

  private judge(c: Case, sent: readonly Sent[]): Comparison {
    const deviations: string[] = [];
    const answers = new Map<number, Answer>();
    let difference: Difference | undefined;
    for (const { action, request, expected, answer } of sent) {
      if (answer === undefined) continue;
      answers.set(action, answer);
      if (difference !== undefined) continue;
      deviations.push(...expected.deviations, ...(expected.harmless ?? []));
      const { answer: ours } = expected;
      const lacksAddress = answer.kind === 'fault' && answer.page === UNKNOWN_PAGE;
      if (lacksAddress && this.target.recordsAllAddresses) deviations.push(UNADDRESSED);
      if (ours.kind === 'fault' && this.recorded(request, ours.reason) !== ours.reason)
        deviations.push(RENUMBERED);
      if (!this.isSame(request, answer, expected.answer)) {
        const allowed = this.isAllowed(c, action, request, answer);
        difference = { action, qemu: answer, ours: expected.answer, allowed };
      }
    }
    // What a walk of memory gives is allowed without asking: C is needed for what is stale.
    const stale = sent.filter(
      ({ request, answer, expected, walked }) =>
        answer !== undefined && expected.deviations.length === 0 && !this.isSame(request, answer, walked),
    );
    if (difference === undefined && stale.length > 0) {
      const refused = this.firstRefused(c, stale);
      if (refused !== undefined) {
        const { action, answer, expected } = refused;
        difference = { action, qemu: answer!, ours: expected.answer, allowed: false };
      }
    }
    return { compared: sent.length, deviations, difference, answers };
  }

  private isAllowed(c: Case, action: number, request: Request, answer: Answer): boolean {
    const one = { action, request, answer, expected: { answer, deviations: [] }, walked: answer };
    return this.firstRefused(c, [one]) === undefined;
  }

  /** The first of the answers that lies outside memory and the worst-case cache, by the closure rule from the start. */
  private firstRefused(c: Case, answered: readonly Sent[]): Sent | undefined {
    const { target } = this;
    const memory = new PageMemory(target.frames, c.root);
    for (const one of c.stores) memory.store(one);
    const worst = new WorstCase(target, memory, c.rootMode, (first, offset) => this.seen(first, offset));
    const model = target.model(memory, c.rootMode, this.mode);
    const last = answered[answered.length - 1].action;
    for (let i = 0; i <= last; i++) {
      const action = c.actions[i];
      if (action.do === 'store') {
        memory.store(action);
        worst.stored();
      } else if (action.do === 'command') worst.took(this.effectOf(action));
      for (const one of answered) {
        if (one.action !== i) continue;
        const record = (reason: number): number => this.recorded(one.request, reason);
        if (!worst.allows(one.request, one.answer!, model.walk(one.request), record)) return one;
      }
    }
    return undefined;
  }

  /** Whether QEMU's answer is ours. */
  private isSame(request: Request, qemu: Answer, ours: Answer): boolean {
    if (ours.kind === 'frame') return qemu.kind === 'frame' && ours.frame === qemu.frame;
    if (ours.kind === 'blocked') return qemu.kind === 'blocked';
    if (qemu.kind !== 'fault') return false;
    if (qemu.page !== UNKNOWN_PAGE && ours.page !== qemu.page) return false;
    return this.recorded(request, ours.reason) === qemu.reason;
  }

  /** The frame that QEMU answers with for a page of a range that begins at a frame. */
  private seen(first: number, offset: number): number {
    const { askedFrame } = this.target.board;
    return this.mode.asked === true && askedFrame !== undefined ? askedFrame(first) : first + offset;
  }

  /** The number under which QEMU records a reason. */
  private recorded({ permission }: Request, reason: number): number {
    return this.target.recorded?.(this.mode.name, reason, permission) ?? reason;
  }
}
