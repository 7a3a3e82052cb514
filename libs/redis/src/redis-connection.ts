import { randomUUID } from 'node:crypto';
import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { createClient, ErrorReply } from '@redis/client';
import { BackOff, within } from '#libs/common';
import { RedisUnavailableError, redisProblem } from './redis-problem.js';
import type { RedisScript } from './redis-script.js';

/** Longest time of a command. A server that takes longer counts as lost. */
const COMMAND_MS = 500;
/** Longest time to connect, TLS and the password included. */
const CONNECT_MS = 2_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

type Client = ReturnType<typeof newClient>;

/** A connection that was made. */
interface Link {
  readonly client: Client;
  readonly generation: string;
}

/** The state for administrators. */
export interface RedisState {
  readonly state: 'connected' | 'unavailable';
  /** The problem in words; `null` while connected. */
  readonly problem: string | null;
}

/**
 * The connection to Redis or Valkey. It connects in the background, again and again after each loss, and the start of the
 * process does not wait for it. A command fails while there is no connection, and is never repeated.
 */
export class RedisConnection implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Redis');
  private readonly stopping = new AbortController();
  private link: Link | null = null;
  private current = 'connecting';
  private connecting: Promise<void> | null = null;
  private linked = Promise.withResolvers<boolean>();

  /**
   * @param url secret; `null` for a gateway without Redis
   * @param authorities certificate authorities that `rediss` trusts, in PEM form; undefined for those of Node.js
   */
  constructor(
    private readonly url: string | null,
    private readonly authorities: () => string[] | undefined = () => undefined,
  ) {}

  /** Whether there is an address. */
  get isConfigured(): boolean {
    return this.url !== null;
  }

  /**
   * Names the memory of the connected server: another value means that what was written may be lost, because the server
   * has restarted or another one has taken its place. `null` while there is no connection.
   */
  get generation(): string | null {
    return this.link?.generation ?? null;
  }

  /** `null` without an address. */
  state(): RedisState | null {
    if (this.url === null) return null;
    return this.link === null
      ? { state: 'unavailable', problem: this.current }
      : { state: 'connected', problem: null };
  }

  /** Waits for the connection and returns whether there is one. */
  async ready(limitMs: number): Promise<boolean> {
    if (this.link !== null || this.url === null) return this.link !== null;
    return within(limitMs, this.linked.promise);
  }

  /** Nest's hook: begins to connect. */
  onModuleInit(): void {
    if (this.url !== null) this.connecting ??= this.connect(this.url);
  }

  /** Nest's last hook, after every module has written what it had to write. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.connecting;
    this.link?.client.destroy();
    this.link = null;
    this.current = 'closed';
  }

  /**
   * Runs a script as one step.
   * @throws RedisUnavailableError; it is unknown then whether the script has run
   */
  async run(
    { source, sha1 }: RedisScript,
    keys: readonly string[],
    args: readonly string[],
  ): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return await this.send(['EVALSHA', sha1, ...rest]);
    } catch (error) {
      if (!(error instanceof ErrorReply) || !error.message.startsWith('NOSCRIPT'))
        throw unavailable(error);
    }
    return this.command(['EVAL', source, ...rest]);
  }

  /**
   * Sends one command.
   * @throws RedisUnavailableError; it is unknown then whether the command was done
   */
  async command(parts: readonly string[]): Promise<unknown> {
    try {
      return await this.send(parts);
    } catch (error) {
      throw unavailable(error);
    }
  }

  private async send(parts: readonly string[]): Promise<unknown> {
    const { link } = this;
    if (link === null) throw new RedisUnavailableError(this.current);
    try {
      return await inTime(COMMAND_MS, link.client.sendCommand(parts));
    } catch (error) {
      if (!(error instanceof ErrorReply)) this.lose(link, error);
      throw error;
    }
  }

  /** A connection on which a command got no response is not used again. */
  private lose(link: Link, error: unknown): void {
    if (this.link !== link) return;
    this.link = null;
    this.linked = Promise.withResolvers();
    this.current = `connection lost: ${redisProblem(error)}`;
    link.client.destroy();
    if (this.stopping.signal.aborted || this.url === null) return;
    this.logger.warn(`${this.current}; trying again`);
    this.connecting = this.connect(this.url);
  }

  private async connect(url: string): Promise<void> {
    const { signal } = this.stopping;
    const backOff = new BackOff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    const place = new URL(url).host;
    while (!signal.aborted) {
      try {
        const link = await this.open(url);
        this.link = link;
        link.client.on('error', (error: unknown) => {
          this.lose(link, error);
        });
        if (!link.client.isReady) throw new RedisUnavailableError('the connection was closed');
        this.linked.resolve(true);
        this.logger.log(`connected (${place})`);
        return;
      } catch (error) {
        this.link = null;
        const problem = `no connection: ${redisProblem(error)}`;
        if (problem !== this.current) this.logger.warn(`${problem} (${place}); trying again`);
        this.current = problem;
      }
      await backOff.wait(signal);
    }
  }

  private async open(url: string): Promise<Link> {
    const client = newClient(url, this.authorities());
    client.on('error', () => undefined);
    try {
      const info = client.connect().then(() => client.sendCommand(['INFO', 'server']));
      return { client, generation: generationIn(await inTime(CONNECT_MS, info)) };
    } catch (error) {
      client.destroy();
      throw error;
    }
  }
}

/** Reconnecting is done here, not in the client: a new connection may lead to another server. */
function newClient(url: string, authorities: string[] | undefined) {
  const common = { connectTimeout: CONNECT_MS, reconnectStrategy: false } as const;
  return createClient({
    url,
    RESP: 2,
    maintNotifications: 'disabled',
    name: 'gatehouse',
    socket: url.startsWith('rediss:')
      ? { ...common, tls: true, ...(authorities === undefined ? {} : { ca: authorities }) }
      : common,
  });
}

/** A server that does not name its run counts as another one after each connection. */
function generationIn(info: unknown): string {
  return /^run_id:(\w+)/m.exec(String(info))?.[1] ?? randomUUID();
}

async function inTime<T>(limitMs: number, work: Promise<T>): Promise<T> {
  // What came while this process was busy is read before the server is given up.
  if ((await within(limitMs, work)) || (await within(0, work))) return work;
  work.catch(() => undefined);
  throw new RedisUnavailableError('the server does not respond');
}

function unavailable(error: unknown): RedisUnavailableError {
  return error instanceof RedisUnavailableError
    ? error
    : new RedisUnavailableError(redisProblem(error), { cause: error });
}
