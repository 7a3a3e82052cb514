/**
 * Runs work that may or may not have to wait, and tells of its failure before it is passed on. Work that does not wait
 * costs no promise.
 * @param onFailure called with the error, which is then thrown unchanged
 */
export function withFailure<T>(
  work: () => T | Promise<T>,
  onFailure: (error: unknown) => void,
): T | Promise<T> {
  try {
    const result = work();
    return result instanceof Promise ? rejectedAfter(result, onFailure) : result;
  } catch (error) {
    onFailure(error);
    throw error;
  }
}

function rejectedAfter<T>(work: Promise<T>, onFailure: (error: unknown) => void): Promise<T> {
  return work.catch((error: unknown) => {
    onFailure(error);
    throw error;
  });
}
