/** Reads one report in each second, on a thread of its own: what it reads costs the load generator nothing. */
import { parentPort, workerData } from 'node:worker_threads';
import { readReport } from '#bench/read-report';
import { REPORTS } from '#bench/report-paths';

const PERIOD_MS = 1000;
const { url, first } = workerData as { readonly url: string; readonly first: number };

let at = first;
const timer = setInterval(() => {
  const path = REPORTS[at++ % REPORTS.length] ?? '';
  readReport(url, path).catch((error: unknown) => {
    console.error(String(error));
  });
}, PERIOD_MS);

parentPort?.once('message', () => {
  clearInterval(timer);
  parentPort?.postMessage(at);
});
