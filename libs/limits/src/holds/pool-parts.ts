import type { PicoUsd } from '#libs/common';
import type { PoolAsk, PoolFound, PoolGroup } from './budget-pool.js';
import type { LeaseAmount, LeaseAnswer, LeaseAsk, LeaseRequest } from './lease-source.js';
import { windowName } from './pool-moves.js';

/** What the pool gave to one group. */
export interface PoolPart {
  /** Whether the group got all that it wants, at least what it needs, or nothing. */
  readonly state: PoolGroup[0];
  readonly grantedPico: readonly PicoUsd[];
  /** What is left in the pool, in the order of the windows. */
  readonly leftPico: readonly PicoUsd[];
}

/** A window with a larger cap has no pool: the integers of Redis have 64 bits. */
const LARGEST_CAP_PICO = 4_000_000_000_000_000_000n;
/** The part of a cap that a pool leases at once. So much is out of reach when Redis is lost, until the pool ends. */
const POOL_SHARE = 10n;

/** Returns what a group asks of a pool. */
export function poolAsksOf(group: readonly LeaseAsk[]): PoolAsk[] {
  return group.map((ask) => ({
    window: windowName(ask),
    cap: String(positive(ask.capPico)),
    need: String(ask.needPico),
    want: String(ask.wantPico > ask.needPico ? ask.wantPico : ask.needPico),
  }));
}

/**
 * Returns what each group got.
 * @param found `null` when there is no pool
 */
export function partsOf(
  groups: readonly (readonly LeaseAsk[])[],
  found: PoolFound | null,
): PoolPart[] {
  return groups.map((group, place) => {
    const [state, left, granted] = found?.groups[place] ?? ['none', [], []];
    const grantedPico = group.map((_, index) =>
      state === 'none' ? 0n : BigInt(granted[index] ?? 0),
    );
    const leftPico = group.map((_, index) => BigInt(left[index] ?? 0) - (grantedPico[index] ?? 0n));
    return { state, grantedPico, leftPico };
  });
}

/** Returns what a group still asks for. */
export function restOf(group: readonly LeaseAsk[], { grantedPico }: PoolPart): LeaseAsk[] {
  return group.map((ask, index) => {
    const granted = grantedPico[index] ?? 0n;
    return {
      ...ask,
      needPico: positive(ask.needPico - granted),
      wantPico: positive(ask.wantPico - granted),
    };
  });
}

/**
 * Returns what a pool is to lease, so that the next requests find it there.
 * @param open what groups still ask for; `null` for one that was served
 */
export function fillsOf(
  open: readonly (readonly LeaseAsk[] | null)[],
  parts: readonly PoolPart[],
): LeaseAsk[] {
  const fills = new Map<string, LeaseAsk>();
  for (const [place, group] of open.entries()) {
    for (const [index, ask] of (group ?? []).entries()) {
      const fill = fillOf(ask, parts[place]?.leftPico[index] ?? 0n);
      if (fill !== null) fills.set(windowName(ask), fill);
    }
  }
  return [...fills.values()];
}

function fillOf(ask: LeaseAsk, left: PicoUsd): LeaseAsk | null {
  const share = ask.capPico / POOL_SHARE;
  const isLow = left < ask.wantPico || left * 2n < share;
  if (!isLow || share <= 0n || ask.capPico > LARGEST_CAP_PICO) return null;
  return { ...ask, needPico: 0n, wantPico: (ask.wantPico > share ? ask.wantPico : share) - left };
}

/** Returns what groups got out of a pool. */
export function grantsOf(
  groups: LeaseRequest['groups'],
  parts: readonly PoolPart[],
): (LeaseAmount & Pick<LeaseAsk, 'capPico'>)[] {
  return groups.flatMap((group, place) =>
    group.flatMap(({ scope, id, window, capPico }, index) => {
      const amountPico = parts[place]?.grantedPico[index] ?? 0n;
      return amountPico === 0n ? [] : [{ scope, id, window, capPico, amountPico }];
    }),
  );
}

/**
 * Returns an answer with what the pool gave.
 * @param answer of PostgreSQL; undefined where it was not asked
 */
export function withPart(answer: LeaseAnswer | undefined, part: PoolPart): LeaseAnswer {
  if (answer?.refusal && part.state === 'none') return answer;
  const grantedPico = part.grantedPico.map(
    (granted, index) => granted + (answer?.grantedPico?.[index] ?? 0n),
  );
  return { grantedPico, refusal: null };
}

function positive(amount: PicoUsd): PicoUsd {
  return amount > 0n ? amount : 0n;
}
