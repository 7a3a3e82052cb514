import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Logger } from '@nestjs/common';
import { errorCodeOf, within } from '#libs/common';
import { DISK_SILENT, diskProblem } from './disk-problem.js';
import { disownDirectory, touchOwner, writeOwner } from './process-owner.js';
import { syncDirectory } from './segments.js';

const PROBE_NAME = 'probe';
/** More than one call needs, so that the last free kilobytes do not count as room. */
const PROBE_BYTES = 64 * 1024;
/** A probe that is younger is as good as another one. */
const PROBE_AGE_MS = 1_000;
const PROBE_LIMIT_MS = 1_000;

/**
 * The directory of this process's journal: made when it is needed, shown to be alive, and known to
 * be writable or not.
 */
export class JournalHome {
  private readonly logger = new Logger('SpendJournal');
  private making: Promise<void> | null = null;
  private isMade = false;
  private made = 0;
  private isEnded = false;
  private heartbeat: NodeJS.Timeout | null = null;
  private probing: Promise<void> | null = null;
  private probedAtMs = -Infinity;
  private refusal: string | null = null;
  private finding: string | null = null;

  /**
   * @param directory the directory, of this process alone
   * @param heartbeatMs how often the owner shows that it lives
   */
  constructor(
    readonly directory: string,
    private readonly heartbeatMs: number,
  ) {}

  /** Counts how often the directory was made: files of an earlier one have no name any more. */
  get generation(): number {
    return this.made;
  }

  /** Whether the directory was made and is not known to be gone. */
  get isThere(): boolean {
    return this.isMade;
  }

  /** Whether there is or was a directory that has to be given up in the end. */
  get wasMade(): boolean {
    return this.heartbeat !== null;
  }

  /**
   * The reason, without a path, why the journal cannot be written; `null` when it can. From memory.
   */
  get problem(): string | null {
    return this.refusal ?? this.finding;
  }

  /**
   * Makes the directory if it is not there.
   * @throws the system's error
   */
  async ensure(): Promise<void> {
    if (this.isMade) return;
    this.making ??= this.make().finally(() => {
      this.making = null;
    });
    await this.making;
  }

  /** Records that a record was written. */
  written(): void {
    this.refusal = null;
  }

  /**
   * Records that a record could not be written. It counts until a record or a probe is written.
   * @param error what the file system threw
   */
  refused(error: unknown): void {
    this.refusal = diskProblem(error);
  }

  /**
   * Writes as a call would, unless that was done within the last second, and removes it again.
   * @returns the {@link problem} that is known then
   */
  async probe(): Promise<string | null> {
    if (this.isEnded) return this.problem;
    if (performance.now() - this.probedAtMs >= PROBE_AGE_MS) {
      this.probing ??= this.tryToWrite().finally(() => {
        this.probing = null;
      });
    }
    if (this.probing !== null && !(await within(PROBE_LIMIT_MS, this.probing))) {
      this.finding = DISK_SILENT;
    }
    return this.problem;
  }

  /** Stops to show that the owner lives, and to probe. */
  async end(): Promise<void> {
    this.isEnded = true;
    if (this.heartbeat !== null) clearInterval(this.heartbeat);
    if (this.probing !== null) await within(PROBE_LIMIT_MS, this.probing);
  }

  /** Leaves the directory to the next process. What the disk refuses is logged. */
  async disown(): Promise<void> {
    try {
      await disownDirectory(this.directory);
    } catch (error) {
      // The next process then finds out by itself that this one is gone, where anything is left at all.
      this.logger.error(`the journal cannot be handed over: ${String(error)}`);
    }
  }

  private async make(): Promise<void> {
    const { directory } = this;
    const first = await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeOwner(directory);
    await syncDirectory(dirname(directory));
    if (first !== undefined) await syncDirectory(dirname(first));
    this.isMade = true;
    this.made += 1;
    this.heartbeat ??= setInterval(() => void this.beat(), this.heartbeatMs);
    this.heartbeat.unref();
  }

  /**
   * Were this process stopped for minutes, one in another container might take it for dead, book its
   * journal and remove it. It then writes into a new one rather than into files without a name.
   */
  private async beat(): Promise<void> {
    try {
      await this.touch();
    } catch {
      // Whether the disk takes anything is found out by probes and by calls.
    }
  }

  private async touch(): Promise<void> {
    try {
      await touchOwner(this.directory);
    } catch (error) {
      if (this.isEnded) return;
      if (!isGone(error)) throw error;
      this.logger.error(`the journal is gone, a new one is begun: ${String(error)}`);
      this.isMade = false;
    }
  }

  private async tryToWrite(): Promise<void> {
    const before = this.problem;
    try {
      if (this.isMade) await this.touch();
      await this.ensure();
      await this.writeProbe();
      this.finding = null;
      this.refusal = null;
      if (before !== null) this.logger.log('the spend journal can be written again');
    } catch (error) {
      this.finding = diskProblem(error);
      if (before === null) {
        this.logger.error(
          `the spend journal cannot be written: ${this.finding}; calls are refused until it can`,
        );
      }
    }
    this.probedAtMs = performance.now();
  }

  private async writeProbe(): Promise<void> {
    const path = join(this.directory, PROBE_NAME);
    const handle = await open(path, 'w', 0o600);
    try {
      await handle.writeFile(Buffer.alloc(PROBE_BYTES));
      await handle.datasync();
    } finally {
      await handle.close();
      await rm(path, { force: true });
    }
  }
}

function isGone(error: unknown): boolean {
  const code = errorCodeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
