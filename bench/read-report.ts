import { MASTER_KEY } from '#bench/subjects';

/**
 * Reads a report to its end and returns the milliseconds that it took.
 * @throws Error when the response has another status than 200
 */
export async function readReport(url: string, path: string): Promise<number> {
  const started = performance.now();
  const response = await fetch(`${url}${path}`, {
    headers: { authorization: `Bearer ${MASTER_KEY}` },
  });
  if (response.status !== 200) {
    throw new Error(`${path}: ${String(response.status)} ${await response.text()}`);
  }
  await response.arrayBuffer();
  return performance.now() - started;
}
