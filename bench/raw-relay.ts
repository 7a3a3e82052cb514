/**
 * The floor of the benchmark: the least that a relay on `node:http` and `undici` does, without any check or record.
 * `node bench/raw-relay.ts PORT UPSTREAM_ORIGIN`
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Pool, type Dispatcher } from 'undici';

const [port, upstream = ''] = process.argv.slice(2);
const pool = new Pool(upstream);

/** Smaller bodies are collected, which is cheaper than a stream. */
const COLLECTED_BYTES = 65_536;

createServer((request, response) => {
  const { 'content-length': length = '0' } = request.headers;
  if (Number(length) > COLLECTED_BYTES) {
    relay(request, response, request);
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const [only] = chunks;
    relay(
      request,
      response,
      chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks),
    );
  });
}).listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));

function relay(
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer | IncomingMessage,
): void {
  const headers = {
    'content-type': 'application/json',
    'content-length': request.headers['content-length'] ?? '0',
    authorization: 'Bearer upstream-secret',
  };
  const path = request.url ?? '/';
  pool.dispatch({ method: 'POST', path, headers, body }, handlerFor(response));
}

function handlerFor(response: ServerResponse): Dispatcher.DispatchHandler {
  return {
    onRequestStart() {
      // undici demands it.
    },
    onResponseStart(_controller, status, headers) {
      const sent: Record<string, string | string[]> = {};
      for (const [name, value] of Object.entries(headers))
        if (value !== undefined && name !== 'connection' && name !== 'transfer-encoding')
          sent[name] = value;
      response.writeHead(status, sent);
    },
    onResponseData(controller, chunk) {
      if (response.write(chunk)) return;
      controller.pause();
      response.once('drain', () => {
        controller.resume();
      });
    },
    onResponseEnd() {
      response.end();
    },
    onResponseError(_controller, error) {
      console.error(`raw relay: ${error.message}`);
      response.destroy();
    },
  };
}
