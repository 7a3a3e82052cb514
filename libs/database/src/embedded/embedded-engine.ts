import { Worker } from 'node:worker_threads';
import { preparedCluster } from './prepared-cluster.js';

/** The thread of the embedded database ended, or was ended, before it answered. */
class EmbeddedEngineLostError extends Error {
  override readonly name = 'EmbeddedEngineLostError';
  /** Makes it a lost connection for everybody who knows sockets. */
  readonly code = 'ECONNRESET';

  /** @param cause why the thread ended, where that is known */
  constructor(cause?: unknown) {
    super('the embedded database stopped', { cause });
  }
}

interface Answer {
  readonly id: number;
  readonly bytes?: Uint8Array;
}

interface Pending {
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  worker: Worker;
  readonly pending: Map<number, Pending>;
  readonly opened: Promise<void>;
}

const OPENED = 0;
/** Exit code of a thread that has made the database and leaves the opening to another. */
const CREATED = 0;
const CLOSE_TIMEOUT_MS = 10_000;

/**
 * The thread that runs the embedded database: starts it, hands it groups of wire messages, and
 * notices when it ends. After a loss everything pending is refused and the next {@link start} makes
 * a fresh thread on the same directory, as a server would recover after a crash.
 */
export class EmbeddedEngine {
  private thread: Thread | null = null;
  private nextId = OPENED + 1;
  private users = 0;
  private isClosed = false;
  private readonly lossListeners = new Set<(error: Error) => void>();

  /**
   * @param directory data files of the database; created with everything above it when absent
   * @param prepared data files that a new database is a copy of; `null` makes them
   */
  constructor(
    private readonly directory: string,
    private readonly prepared: string | null = preparedCluster(),
  ) {}

  /**
   * Opens the database if it is not open. Making one takes some seconds, copying and opening one a third of one.
   * @throws EmbeddedEngineLostError when the thread cannot be started or the files cannot be read
   */
  async start(): Promise<void> {
    if (this.isClosed) throw new EmbeddedEngineLostError();
    this.thread ??= this.spawn();
    await this.thread.opened;
  }

  /**
   * Executes one group of wire messages. The caller sees to it that there is one at a time per session.
   * @param group complete messages in a buffer of their own, which is handed over and empty afterwards
   * @returns the server's messages
   * @throws EmbeddedEngineLostError when the thread ends before it answers
   */
  execute(group: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    return this.request((id) => ({ message: { id, group }, transfer: [group.buffer] }));
  }

  /**
   * Calls a listener whenever the thread is lost.
   * @param listener called with the reason
   * @returns a function that ends this
   */
  onLost(listener: (error: Error) => void): () => void {
    this.lossListeners.add(listener);
    return () => {
      this.lossListeners.delete(listener);
    };
  }

  /**
   * Counts a user: the thread keeps the process alive only while there is one, so that a tool that
   * forgets to close the database still ends.
   * @returns a function that ends the use
   */
  use(): () => void {
    this.users += 1;
    this.thread?.worker.ref();
    return () => {
      this.users -= 1;
      if (this.users === 0) this.thread?.worker.unref();
    };
  }

  /**
   * Ends the thread at once, even during a query. Everything committed stays. This is the only way
   * to stop a query that does not end, because the database cannot be interrupted from outside.
   */
  async abandon(): Promise<void> {
    await this.thread?.worker.terminate();
  }

  /** Closes the database and ends the thread, for good. */
  async close(): Promise<void> {
    this.isClosed = true;
    const thread = this.thread;
    if (thread === null) return;
    thread.worker.ref();
    const timer = setTimeout(() => void thread.worker.terminate(), CLOSE_TIMEOUT_MS);
    const exited = new Promise((resolve) => thread.worker.once('exit', resolve));
    try {
      await thread.opened;
      await this.request((id) => ({ message: { id }, transfer: [] }));
    } catch {
      // Lost on the way: then it is closed as well.
    }
    await exited;
    clearTimeout(timer);
  }

  private request(
    build: (id: number) => { message: object; transfer: ArrayBuffer[] },
  ): Promise<Uint8Array> {
    const { thread } = this;
    if (thread === null) return Promise.reject(new EmbeddedEngineLostError());
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      thread.pending.set(id, { resolve, reject });
      const { message, transfer } = build(id);
      thread.worker.postMessage(message, transfer);
    });
  }

  private spawn(): Thread {
    const pending = new Map<number, Pending>();
    const opened = new Promise<void>((resolve, reject) => {
      pending.set(OPENED, {
        resolve: () => {
          resolve();
        },
        reject,
      });
    });
    // A loss before the opening reaches the caller of start(); without this it would be unhandled
    // too.
    opened.catch(() => undefined);
    const thread: Thread = { worker: this.createWorker(), pending, opened };
    this.watch(thread);
    return thread;
  }

  private createWorker(): Worker {
    // Under Jest this file is the TypeScript source, and so is the worker: Node strips its types.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    return new Worker(new URL(`./embedded.worker.${extension}`, import.meta.url), {
      workerData: { directory: this.directory, prepared: this.prepared },
      name: 'gatehouse-database',
    });
  }

  private watch(thread: Thread): void {
    const { worker, pending } = thread;
    let cause: unknown;
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('message', (response: Answer) => {
      pending.get(response.id)?.resolve(response.bytes ?? new Uint8Array());
      pending.delete(response.id);
    });
    worker.on('exit', (code) => {
      if (code !== CREATED || this.isClosed || !pending.has(OPENED)) {
        this.lose(thread, new EmbeddedEngineLostError(cause));
        return;
      }
      thread.worker = this.createWorker();
      this.watch(thread);
    });
  }

  private lose(thread: Thread, error: Error): void {
    if (this.thread === thread) this.thread = null;
    for (const { reject } of thread.pending.values()) reject(error);
    thread.pending.clear();
    for (const listener of [...this.lossListeners]) listener(error);
  }
}
