import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Something that the upstream keeps. */
type Kept = Record<string, unknown> & { readonly id: string };

interface Line {
  readonly custom_id: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One request that the upstream received. */
interface FileRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Buffer;
}

/** An upstream on loopback that keeps files, batches, fine-tuning jobs, vector stores, containers and conversations. Every object is the account's. */
export interface FakeFiles {
  readonly url: string;
  readonly requests: readonly FileRequest[];
  /** Objects by their id. */
  readonly objects: ReadonlyMap<string, Kept>;
  /** Content of files by their id. */
  readonly contents: Map<string, Buffer>;
  /**
   * Ends a batch.
   * @param served of its requests; the others have failed
   */
  end(batchId: string, status: string, served?: number): void;
  /** Answers requests below a path with a status, until it is `null`. */
  failing: { readonly path: string; readonly status: number } | null;
  close(): Promise<void>;
}

const ADDED_FILE = 'POST containers/:id/files';
const ADDED_ITEMS = 'POST conversations/:id/items';
/** By route, the start of the ids of what it makes, and its first members. */
const MADE: Readonly<Record<string, readonly [prefix: string, members: object]>> = {
  'POST batches': ['batch_', { object: 'batch', status: 'validating' }],
  'POST vector_stores': ['vs_', { object: 'vector_store', status: 'completed' }],
  'POST containers': ['cntr_', { object: 'container', status: 'running' }],
  [ADDED_FILE]: ['cfile_', { object: 'container.file' }],
  'POST conversations': ['conv_', { object: 'conversation' }],
  [ADDED_ITEMS]: ['list_', { object: 'list' }],
  'POST responses': ['resp_', { object: 'response', status: 'completed', output: [] }],
  'POST fine_tuning/jobs': [
    'ftjob-',
    { object: 'fine_tuning.job', status: 'queued', error: null, result_files: [] },
  ],
};

/** Tokens of every served request of a batch. */
const LINE_USAGE = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };

/** Starts the server. */
export async function startFakeFiles(): Promise<FakeFiles> {
  const state = new FilesState();
  const server = createServer((request, response) => {
    void state.answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    url: `http://127.0.0.1:${String(port)}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  });
}

class FilesState {
  readonly requests: FileRequest[] = [];
  readonly objects = new Map<string, Kept>();
  readonly contents = new Map<string, Buffer>();
  failing: FakeFiles['failing'] = null;
  private count = 0;

  end(batchId: string, status: string, served = Infinity): void {
    const batch = this.objects.get(batchId);
    if (batch === undefined) throw new Error(`the batch ${batchId} is unknown`);
    const lines = this.linesOf(String(batch['input_file_id']));
    const results = lines.map((line, index) =>
      index < served ? served200(line) : refused400(line),
    );
    batch['status'] = status;
    const good = results.slice(0, served);
    const bad = results.slice(good.length);
    batch['request_counts'] = {
      total: lines.length,
      completed: good.length,
      failed: bad.length,
    };
    if (good.length > 0) batch['output_file_id'] = this.keepFile('batch_output', textOf(good));
    if (bad.length > 0) batch['error_file_id'] = this.keepFile('batch_output', textOf(bad));
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const path = request.url ?? '';
    const method = request.method ?? '';
    const { authorization } = request.headers;
    this.requests.push({ method, path, authorization, body });
    if (this.failing !== null && path.includes(this.failing.path)) {
      send(response, this.failing.status, { error: { message: 'failing' } });
      return;
    }
    const [, , ...segments] = path.replace(/\?.*/, '').split('/');
    const route = `${method} ${segments.map((one) => (this.objects.has(one) ? ':id' : one)).join('/')}`;
    const known = this.objects.get(segments.find((one) => this.objects.has(one)) ?? '');
    if (route.endsWith('/content')) {
      const file = segments.findLast((one) => this.objects.has(one)) ?? '';
      this.sendContent(response, this.objects.get(file));
      return;
    }
    const shown = (await this.made(route, { request, body })) ?? this.shown(route, known);
    if (shown === null) send(response, 404, { error: { message: 'not found' } });
    else send(response, 200, shown);
  }

  private async made(
    route: string,
    { request, body }: { request: IncomingMessage; body: Buffer },
  ): Promise<Kept | null> {
    if (route === 'POST files' || (route === ADDED_FILE && !body.includes('file_id')))
      return this.upload(request, body);
    const made = MADE[route];
    if (made === undefined) return null;
    const sent = route === ADDED_FILE ? {} : (JSON.parse(body.toString()) as { items?: unknown });
    const added =
      route === ADDED_ITEMS ? { data: [{ ...(sent.items as object[])[0], id: 'msg_1' }] } : sent;
    return this.keep(made[0], { ...made[1], ...added });
  }

  private shown(route: string, known: Kept | undefined): object | null {
    if (known === undefined) return null;
    if (route.startsWith('DELETE')) {
      this.objects.delete(known.id);
      return { id: known.id, object: known['object'], deleted: true };
    }
    if (route.endsWith('/cancel')) known['status'] = 'cancelling';
    if (route.endsWith('/search'))
      return { object: 'vector_store.search_results.page', data: [], has_more: false };
    if (/\/(?:events|checkpoints|files|items)$/.test(route))
      return { object: 'list', data: [], has_more: false };
    return known;
  }

  private async upload(request: IncomingMessage, body: Buffer): Promise<Kept> {
    const headers = { 'content-type': request.headers['content-type'] ?? '' };
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- reads what the gateway has written
    const form = await new Response(new Uint8Array(body), { headers }).formData();
    const file = form.get('file') as File;
    const bytes = Buffer.from(await file.arrayBuffer());
    const id = this.keepFile(form.get('purpose') as string, bytes, file.name);
    return { ...this.objects.get(id), id };
  }

  private keepFile(purpose: string, bytes: Buffer, filename = 'output.jsonl'): string {
    const file = { object: 'file', purpose, filename, bytes: bytes.length, status: 'processed' };
    const { id } = this.keep('file-', file);
    this.contents.set(id, bytes);
    return id;
  }

  private keep(prefix: string, members: object): Kept {
    this.count += 1;
    const kept = { ...members, id: `${prefix}${String(this.count)}`, created_at: 1_700_000_000 };
    this.objects.set(kept.id, kept);
    return kept;
  }

  private linesOf(fileId: string): Line[] {
    const text = this.contents.get(fileId)?.toString() ?? '';
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  }

  private sendContent(response: ServerResponse, known: Kept | undefined): void {
    const content = this.contents.get(known?.id ?? '');
    if (content === undefined) {
      send(response, 404, { error: { message: 'not found' } });
      return;
    }
    response.setHeader('content-type', 'application/octet-stream');
    response.end(content);
  }
}

function served200({ custom_id, body }: Line): object {
  const answer = {
    object: 'chat.completion',
    model: body['model'],
    choices: [],
    usage: LINE_USAGE,
  };
  return { custom_id, response: { status_code: 200, body: answer }, error: null };
}

function refused400({ custom_id }: Line): object {
  return { custom_id, response: { status_code: 400, body: { error: { message: 'no' } } } };
}

function textOf(lines: readonly object[]): Buffer {
  return Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

function send(response: ServerResponse, status: number, value: object): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}
