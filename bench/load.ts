import { setTimeout as delay } from 'node:timers/promises';
import { Connection, type Exchange } from '#bench/connection';
import { Latencies } from '#bench/statistics';

/** What is sent, and what must come back. */
export class Calls {
  readonly status: number;
  private readonly requests: readonly Buffer[];
  private sent = 0;

  /** @param requests requests in turn, over and over, each with head and body */
  constructor(requests: readonly Buffer[], status: number) {
    this.requests = requests;
    this.status = status;
  }

  /** How many requests have not been sent before; infinite where they are all the same one. */
  get unsent(): number {
    return this.requests.length > 1 ? Math.max(0, this.requests.length - this.sent) : Infinity;
  }

  next(): Buffer {
    const request = this.requests[this.sent++ % this.requests.length];
    if (request === undefined) throw new Error('there is nothing to send');
    return request;
  }
}

/** What a load generator saw. */
export interface Load {
  readonly calls: number;
  readonly seconds: number;
  readonly total: Latencies;
  readonly firstByte: Latencies;
}

/** The connections of one client to one server. */
export class LoadGenerator {
  private readonly target: URL;
  private connections: Connection[] = [];

  constructor(target: URL) {
    this.target = target;
  }

  /**
   * Sends calls on a fixed number of connections, on each the next one when the response has come.
   * @param limit ends the load when it returns true for the number of calls begun so far
   * @throws Error when a response has another status than the expected one
   */
  async closed(
    calls: Calls,
    concurrency: number,
    limit: (begun: number) => boolean,
  ): Promise<Load> {
    const load = new Measurement(calls);
    const runOne = async (connection: Connection): Promise<void> => {
      while (!limit(load.begun)) await load.add(connection.send(load.begin()));
    };
    await Promise.all(this.take(concurrency).map(runOne));
    return load.end();
  }

  /**
   * Begins calls at a fixed rate, whether or not earlier ones have ended.
   * @param rate calls per second
   */
  async open(calls: Calls, rate: number, seconds: number): Promise<Load> {
    const load = new Measurement(calls);
    const count = Math.max(2, Math.round(rate * seconds));
    const start = performance.now();
    const inFlight: Promise<void>[] = [];
    for (let index = 0; index < count; index++) {
      const wait = start + (index * 1000) / rate - performance.now();
      if (wait > 0) await delay(wait);
      inFlight.push(load.add(this.idle().send(load.begin())));
    }
    await Promise.all(inFlight);
    return load.end();
  }

  /** Sends calls on that number of connections in the same instant and waits for them all. */
  async burst(calls: Calls, concurrency: number): Promise<Load> {
    const load = new Measurement(calls);
    const sent = this.take(concurrency).map((connection) => connection.send(load.begin()));
    await Promise.all(sent.map((exchange) => load.add(exchange)));
    return load.end();
  }

  /** Closes the connections. */
  close(): void {
    for (const connection of this.connections) connection.close();
    this.connections = [];
  }

  private take(count: number): Connection[] {
    while (this.connections.length < count) this.connections.push(new Connection(this.target));
    return this.connections.slice(0, count);
  }

  private idle(): Connection {
    const found = this.connections.find((connection) => !connection.isBusy);
    if (found !== undefined) return found;
    const connection = new Connection(this.target);
    this.connections.push(connection);
    return connection;
  }
}

class Measurement {
  begun = 0;
  readonly calls: Calls;
  private readonly startedAt = performance.now();
  private readonly total: number[] = [];
  private readonly firstByte: number[] = [];

  constructor(calls: Calls) {
    this.calls = calls;
  }

  begin(): Buffer {
    this.begun += 1;
    return this.calls.next();
  }

  async add(sent: Promise<Exchange>): Promise<void> {
    const exchange = await sent;
    if (exchange.status !== this.calls.status)
      throw new Error(
        `a response is ${String(exchange.status)} instead of ${String(this.calls.status)}:\n${exchange.start}`,
      );
    this.total.push(exchange.totalMs);
    this.firstByte.push(exchange.firstByteMs);
  }

  end(): Load {
    return {
      calls: this.total.length,
      seconds: (performance.now() - this.startedAt) / 1000,
      total: new Latencies(this.total),
      firstByte: new Latencies(this.firstByte),
    };
  }
}
