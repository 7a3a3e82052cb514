import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until something holds, looking often, and fails with its last error when it does not in time.
 * @param look throws while it does not hold
 */
export async function eventually<T>(look: () => T | Promise<T>, timeoutMs = 5_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(10);
    }
  }
}
