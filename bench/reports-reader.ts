/** Reads one report in each second, on a thread of its own: what it reads costs the load generator nothing. */
import { parentPort, workerData } from 'node:worker_threads';
import { readReport } from '#bench/read-report';
import { REPORTS } from '#bench/report-paths';

const PERIOD_MS = 1000;
const { url, first } = workerData as { readonly url: string; readonly first: number };

let at = first;
const running = new Set<Promise<void>>();
const timer = setInterval(() => {
  const path = REPORTS[at++ % REPORTS.length] ?? '';
  const read = readReport(url, path)
    .catch((error: unknown) => {
      console.error(String(error));
    })
    .then(() => {
      running.delete(read);
    });
  running.add(read);
}, PERIOD_MS);

parentPort?.once('message', () => {
  clearInterval(timer);
  // A report that is still read would belong to the round without reports.
  void Promise.all(running).then(() => {
    parentPort?.postMessage(at);
  });
});
