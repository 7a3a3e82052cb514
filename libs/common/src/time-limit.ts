/**
 * Waits for a promise, but no longer than so many milliseconds; a failure within them is thrown. What
 * comes later is ignored.
 * @param promise what is waited for
 * @returns whether it resolved in time
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
