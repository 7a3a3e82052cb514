import type { RedisConnection } from '#libs/redis';
import { DECLARE, EXCHANGE } from './redis-ledger-scripts.js';
import type {
  Declared,
  RateAsk,
  RateExchange,
  RateGrant,
  Standing,
  SwitchedLedger,
  TimedExchanged,
} from './rate-ledger.js';

/** What the exchange script returns. Lua knows no empty list, and writes an empty object in its place. */
interface ExchangeReply {
  readonly now: number;
  readonly cell: number;
  readonly replicas: number;
  readonly admitted: Readonly<Record<string, boolean>>;
  readonly grants: Readonly<
    Record<
      string,
      readonly [
        granted: number,
        used: number,
        leaving: Readonly<Record<string, readonly [number, number]>>,
      ]
    >
  >;
}

/** The ledger of one space in Redis, each exchange one script. Its clock is that of the server. */
export class RedisLedger implements SwitchedLedger {
  private number = 0;

  /**
   * @param space begins empty; what is in it lasts as long as the memory of the server
   * @param left what processes have in the ledger before that are not there any more
   */
  constructor(
    private readonly redis: Pick<RedisConnection, 'run' | 'command'>,
    private readonly holder: string,
    private readonly space: string,
    private readonly left: () => Promise<Standing> = () =>
      Promise.resolve({ asOfMs: null, units: [], slots: [] }),
  ) {}

  async exchange({ asks, requests, returns }: RateExchange): Promise<TimedExchanged> {
    const keys = this.keys();
    const positions = new Map(asks.map(({ counter }, index) => [counter, index + 1]));
    this.number += 1;
    const reply = (await keys.run(EXCHANGE, {
      holder: this.holder,
      number: this.number,
      asks: asks.map((ask) => [
        keys.of(ask.counter),
        ask.limit,
        ask.heldSlots ?? -1,
        ask.inHand,
        ask.want,
      ]),
      requests: requests.map((demands) =>
        demands.map(({ counter, amount }) => [positions.get(counter), amount]),
      ),
      returns: returns.map(({ counter, cell, amount }) => [keys.of(counter), cell ?? -1, amount]),
    })) as ExchangeReply;
    const grants = Object.values(reply.grants);
    return {
      grants: asks.map((ask, index) => grantOf(ask, grants[index] ?? [0, 0, {}], reply.cell)),
      admitted: Object.values(reply.admitted),
      replicas: reply.replicas,
      nowMs: reply.now,
    };
  }

  async declare({ asOfMs, units, slots }: Standing): Promise<Declared> {
    const left = await this.left();
    const keys = this.keys();
    const entries = (of: Standing['units']) =>
      of.map(({ counter, cell, amount }) => [keys.of(counter), cell, amount]);
    const reply = (await keys.run(DECLARE, {
      holder: this.holder,
      asOf: asOfMs ?? -1,
      units: entries(units),
      slots: slots.map((one) => [keys.of(one.counter), one.slots]),
      left: entries(left.units),
      leftAsOf: left.asOfMs ?? -1,
    })) as { readonly now: number; readonly shift: number };
    return { shift: reply.shift, nowMs: reply.now };
  }

  /** Gives its slots up; its units count on. */
  async leave(): Promise<void> {
    await this.redis.command(['ZREM', `${this.prefix}holders`, this.holder]);
  }

  /** All keys have one hash tag, and so one slot where the server is a part of a cluster. */
  private get prefix(): string {
    return `{gatehouse:rates:${this.space}}:`;
  }

  private keys() {
    const { redis, prefix } = this;
    const names = [`${prefix}holders`, `${prefix}numbers`];
    const known = new Map<string, number>();
    return {
      /** Returns the position of a counter's key. */
      of: (counter: string): number => {
        const position = known.get(counter) ?? names.push(`${prefix}counter:${counter}`);
        known.set(counter, position);
        return position;
      },
      run: async (script: typeof EXCHANGE, given: object): Promise<unknown> =>
        JSON.parse(String(await redis.run(script, names, [JSON.stringify(given)]))),
    };
  }
}

function grantOf(
  { counter }: RateAsk,
  [granted, used, leaving]: ExchangeReply['grants'][string],
  cell: number,
): RateGrant {
  return { counter, granted, cell, used, leaving: Object.values(leaving) };
}
