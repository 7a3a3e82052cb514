import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for a promise at most `limitMs` milliseconds and returns whether it was fulfilled in that
 * time. A rejection in that time is thrown; a later outcome is ignored.
 */
export async function within(limitMs: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, limitMs, false);
  });
  try {
    return await Promise.race([promise.then(() => true), limit]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Resolves after `ms` milliseconds, or without an error as soon as the signal aborts. Does not keep
 * the process alive.
 */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
