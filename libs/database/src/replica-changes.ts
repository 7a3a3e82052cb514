import { Logger } from '@nestjs/common';
import type pg from 'pg';
import { BackOff, pause } from '#libs/common';
import type { ChangeTopic, LocalChangeFeed } from './change-feed.js';
import {
  CHANGE_CHANNEL,
  isChangeTopic,
  parseNotice,
  READ_VERSIONS,
  type ChangeNotice,
} from './change-versions.js';
import { placeInWords } from './connection/server-address.js';
import { ServerClient } from './connection/server-client.js';
import { problemInWords } from './connection/server-problem.js';

const POLL_MS = 500;
const CONNECT_TIMEOUT_MS = 2000;
const QUERY_TIMEOUT_MS = 2000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;

/**
 * Hands the changes of other replicas to the local feed.
 *
 * One connection listens for notices and is asked twice a second for the versions of all topics. A
 * version ahead of the notices means that some were missed (a proxy between that swallows them, for
 * example), and everything of the topic is dropped. Asking on the listening connection keeps notices
 * and versions in one order, so that a change is not taken for missed while its notice is on the
 * way. Whenever the connection was down everything is dropped.
 */
export class ReplicaChanges {
  private readonly logger = new Logger('ChangeFeed');
  private readonly stopping = new AbortController();
  private readonly seen = new Map<ChangeTopic, bigint>();
  private running: Promise<void> | null = null;

  /**
   * @param url gives the address of the server for the driver; never logged
   * @param origin names this process, whose own changes are known already
   * @param onTrouble called when the connection fails, for the database to look at its own
   */
  constructor(
    private readonly url: () => string,
    private readonly origin: string,
    private readonly feed: LocalChangeFeed,
    private readonly onTrouble: () => void,
  ) {}

  /** Listens until {@link stop}, also across losses of the server. Idempotent. */
  start(): void {
    this.running ??= this.run();
  }

  /** Ends it and closes the connection. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const backOff = new BackOff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    let isTold = false;
    while (!signal.aborted) {
      try {
        await this.listen(() => {
          backOff.reset();
          isTold = false;
          this.logger.log('listening for changes of other replicas');
        });
      } catch (error) {
        this.onTrouble();
        if (!isTold)
          this.logger.warn(
            `changes of other replicas not seen (${placeInWords(this.url())}): ${problemInWords(error)}`,
          );
        isTold = true;
      }
      await backOff.wait(signal);
    }
  }

  /** Listens until the connection fails, which throws, or the end is asked for. */
  private async listen(onListening: () => void): Promise<void> {
    const { signal } = this.stopping;
    const client = new ServerClient({
      connectionString: this.url(),
      application_name: 'gatehouse changes',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
    });
    const broken = new AbortController();
    client.on('error', (error) => {
      broken.abort(error);
    });
    client.on('notification', ({ payload }) => {
      const notice = parseNotice(payload ?? '');
      if (notice !== null) this.receive(notice);
    });
    const wake = AbortSignal.any([signal, broken.signal]);
    const isOver = (): boolean => wake.aborted;
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANGE_CHANNEL}`);
      await this.compareVersions(client, true);
      onListening();
      while (!isOver()) {
        await pause(POLL_MS, wake);
        if (!isOver()) await this.compareVersions(client, false);
      }
      broken.signal.throwIfAborted();
    } finally {
      client.end().catch(() => undefined);
    }
  }

  private receive({ origin, topic, id, version }: ChangeNotice): void {
    const seen = this.seen.get(topic) ?? 0n;
    if (version > seen) this.seen.set(topic, version);
    // A gap in the versions is a notice that got lost.
    if (version > seen + 1n) this.feed.deliver(topic, null);
    else if (origin !== this.origin) this.feed.deliver(topic, id);
  }

  private async compareVersions(client: pg.Client, isFirst: boolean): Promise<void> {
    const { rows } = await client.query<{ topic: string; version: string }>(READ_VERSIONS);
    for (const { topic, version } of rows) {
      if (!isChangeTopic(topic)) continue;
      const current = BigInt(version);
      const isMissed = current > (this.seen.get(topic) ?? 0n);
      if (isMissed || isFirst) this.seen.set(topic, current);
      if (isMissed && !isFirst) this.feed.deliver(topic, null);
    }
    if (isFirst) this.feed.deliverAll();
  }
}
