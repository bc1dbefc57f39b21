import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How long a batch may stay unanswered before QEMU counts as hung. A batch takes milliseconds. */
const HANG_MS = 20_000;
/** Lines under way at once: sockets buffer both ways, and QEMU reads no further while its answers are not taken. */
const WINDOW = 4000;

/** How long a program may take to say its version. */
const VERSION_MS = 10_000;

/** QEMU ended, or no longer answers. */
export class QemuStopped extends Error {}

/** It did not come as far as taking a case. */
export class QemuNotStarted extends QemuStopped {}

/** What to start: the program, and its arguments beside the qtest socket. `files` are made in a folder of the process's own. */
export interface QemuLaunch {
  readonly program: string;
  /** What holds the program on Debian: the set-up script reads it here. */
  readonly debianPackage: string;
  readonly arguments: (folder: string) => readonly string[];
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** Milliseconds without an answer after which it counts as hung. */
  readonly patience?: number;
}

/** The version of the QEMU program; '' where it does not say one, undefined where there is none. */
export function qemuVersion(program: string): string | undefined {
  const { error, status, stdout } = spawnSync(program, ['--version'], {
    encoding: 'utf8',
    timeout: VERSION_MS,
    killSignal: 'SIGKILL',
  });
  if (error !== undefined && 'code' in error && error.code === 'ENOENT') return undefined;
  return (status === 0 ? /version (\S+)/.exec(stdout)?.[1] : undefined) ?? '';
}

/** Commands to QEMU, each with what is done with its answer. They go out together: one after the other is five times slower. */
export class Batch {
  readonly lines: string[] = [];
  readonly takers: (((value: string) => void) | undefined)[] = [];

  add(line: string, take?: (value: string) => void): void {
    this.lines.push(line);
    this.takers.push(take);
  }

  writeLong(address: number, value: number): void {
    this.add(`writel 0x${address.toString(16)} 0x${(value >>> 0).toString(16)}`);
  }

  writeQuad(address: number, low: number, high: number): void {
    this.add(`writeq 0x${address.toString(16)} 0x${quadText(low, high)}`);
  }

  readLong(address: number, take: (value: number) => void): void {
    this.add(`readl 0x${address.toString(16)}`, (value) => take(Number(value) >>> 0));
  }

  readQuad(address: number, take: (low: number, high: number) => void): void {
    this.add(`readq 0x${address.toString(16)}`, (value) => {
      const digits = value.slice(2).padStart(16, '0');
      take(Number.parseInt(digits.slice(8), 16) | 0, Number.parseInt(digits.slice(0, 8), 16) | 0);
    });
  }

  fill(address: number, size: number, value: number): void {
    this.add(`memset 0x${address.toString(16)} 0x${size.toString(16)} 0x${value.toString(16)}`);
  }
}

/** Sixteen hexadecimal digits of a 64-bit value. */
export function quadText(low: number, high: number): string {
  return (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0');
}

/**
 * One QEMU process driven through its qtest socket: no guest runs, every access to memory and registers is a line of ours.
 * Answers come in the order of the lines.
 */
export class Qtest {
  private socket!: Socket;
  private rest = '';
  private readonly waiting: ((value: string) => void)[] = [];
  private ended: string | undefined;
  private onEnd: (() => void) | undefined;
  private said = '';

  private constructor(
    private readonly process: ChildProcess,
    private readonly server: Server,
    private readonly folder: string,
    private readonly patience: number,
  ) {}

  /** Start QEMU and set it up. Throws {@link QemuNotStarted}, and leaves nothing behind, when it does not come so far. */
  static async start(launch: QemuLaunch, setUp: Batch): Promise<Qtest> {
    const folder = mkdtempSync(join(tmpdir(), 'iommu-check-qemu-'));
    const path = join(folder, 'qtest');
    for (const [name, bytes] of Object.entries(launch.files ?? {})) writeFileSync(join(folder, name), bytes);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const started = spawn(
      launch.program,
      [
        '-qtest',
        `unix:${path}`,
        '-qtest-log',
        'none',
        '-display',
        'none',
        '-nodefaults',
        ...launch.arguments(folder),
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const qtest = new Qtest(started, server, folder, launch.patience ?? HANG_MS);
    started.stderr.setEncoding('utf8').on('data', (text: string) => {
      qtest.said = (qtest.said + text).slice(-2000);
    });
    started.on('error', (error) => qtest.end(error.message));
    started.on('exit', (code, signal) => qtest.end(`QEMU ended (${signal ?? code}) ${qtest.said}`.trim()));
    try {
      await qtest.unlessItEnds('did not connect', (resolve) =>
        server.once('connection', (socket) => {
          qtest.socket = socket;
          socket.setEncoding('utf8').on('data', (text: string) => qtest.receive(text));
          socket.on('error', () => qtest.end('QEMU closed its socket'));
          resolve();
        }),
      );
      await qtest.run(setUp);
    } catch (error) {
      await qtest.stop();
      throw error instanceof QemuStopped ? new QemuNotStarted(error.message) : error;
    }
    return qtest;
  }

  /** Send the batch; done when all of it is answered. */
  async run(batch: Batch): Promise<void> {
    for (let from = 0; from < batch.lines.length; from += WINDOW)
      await this.send(batch.lines.slice(from, from + WINDOW), batch.takers.slice(from, from + WINDOW));
  }

  private async send(lines: readonly string[], takers: Batch['takers']): Promise<void> {
    await this.unlessItEnds('did not answer', (resolve, reject) => {
      let left = lines.length;
      lines.forEach((line, i) => {
        this.waiting.push((answer) => {
          if (!answer.startsWith('OK')) reject(new QemuStopped(`QEMU answers '${answer}' to '${line}'`));
          else takers[i]?.(answer.slice(3));
          if (--left === 0) resolve();
        });
      });
      this.socket.write(`${lines.join('\n')}\n`);
    });
  }

  /** Wait for what QEMU is to do, as long as it lives and for no longer than patience lasts. */
  private async unlessItEnds(
    failure: string,
    wait: (resolve: () => void, reject: (error: QemuStopped) => void) => void,
  ): Promise<void> {
    if (this.ended !== undefined) throw new QemuStopped(this.ended);
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.onEnd = () => reject(new QemuStopped(this.ended));
        timer = setTimeout(() => this.end(`QEMU ${failure} for ${this.patience / 1000} s`), this.patience);
        wait(resolve, reject);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** End the process and remove its files. */
  async stop(): Promise<void> {
    const hasEnded = this.process.exitCode !== null || this.process.signalCode !== null;
    this.ended ??= 'stopped';
    this.socket?.destroy();
    this.server.close();
    if (!hasEnded && this.process.pid !== undefined) {
      const gone = new Promise((resolve) => this.process.once('exit', resolve));
      this.process.kill('SIGKILL');
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private receive(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) if (!line.startsWith('IRQ')) this.waiting.shift()?.(line.trimEnd());
  }

  private end(reason: string): void {
    this.ended ??= reason;
    this.onEnd?.();
  }
}
