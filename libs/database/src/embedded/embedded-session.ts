import type { EmbeddedEngine } from './embedded-engine.js';
import { isIdleAfter, rollbackGroup } from './wire-groups.js';

interface Job {
  readonly owner: object;
  readonly group: Uint8Array<ArrayBuffer>;
  readonly resolve: (response: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

/** Time after which the engine is ended for a group whose client has disconnected. */
const OVERRUN_MS = 10_000;

/**
 * Shares the one backend session of the embedded database among several connections.
 *
 * A connection owns the session from its first group until an answer ends with ReadyForQuery `I`,
 * that is for one statement or one whole transaction; the others queue in order of arrival. So each
 * connection sees transactions as it would on a server. Settings, prepared statements with a name
 * and advisory locks are nevertheless shared by all.
 */
export class EmbeddedSession {
  private readonly queue: Job[] = [];
  private owner: object | null = null;
  private running: Job | null = null;

  constructor(private readonly engine: EmbeddedEngine) {
    engine.onLost(() => {
      this.owner = null;
    });
  }

  /**
   * Executes a group when it is the connection's turn.
   * @param group complete wire messages in a buffer of their own
   * @throws EmbeddedEngineLostError when the engine is lost before the answer
   */
  submit(owner: object, group: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.queue.push({ owner, group, resolve, reject });
      this.pump();
    });
  }

  /**
   * Takes a connection out: its queued groups are dropped and its open transaction is rolled back,
   * as a server does when a client disappears.
   */
  leave(owner: object): void {
    for (let index = this.queue.length - 1; index >= 0; index -= 1) {
      if (this.queue[index]?.owner === owner) this.queue.splice(index, 1);
    }
    if (this.owner !== owner) return;
    if (this.running !== null) this.limitOverrun(this.running);
    this.queue.unshift({
      owner,
      group: rollbackGroup(),
      resolve: () => undefined,
      reject: () => undefined,
    });
    this.pump();
  }

  private pump(): void {
    if (this.running !== null) return;
    const index = this.owner === null ? 0 : this.queue.findIndex((job) => job.owner === this.owner);
    const [job] = index < 0 ? [] : this.queue.splice(index, 1);
    if (job === undefined) return;
    this.owner = job.owner;
    this.running = job;
    void this.run(job);
  }

  private async run(job: Job): Promise<void> {
    try {
      const response = await this.engine.execute(job.group);
      if (isIdleAfter(response)) this.owner = null;
      job.resolve(response);
    } catch (error) {
      this.owner = null;
      job.reject(error);
    } finally {
      this.running = null;
      this.pump();
    }
  }

  private limitOverrun(job: Job): void {
    const timer = setTimeout(() => {
      if (this.running === job) void this.engine.abandon();
    }, OVERRUN_MS);
    timer.unref();
  }
}
