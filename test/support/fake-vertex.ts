import { generateKeyPairSync } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { jwtVerify } from 'jose';
import { ANTHROPIC_EVENTS, ANTHROPIC_MESSAGE } from './anthropic-messages.js';
import { GOOGLE_TOKEN } from './fake-google.js';
import { startLoopbackServer } from './loopback-server.js';

/** How the next call is answered in place of the usual response. */
interface VertexBehaviour {
  readonly status?: number;
  readonly body?: unknown;
  /** Number of events after which the connection is destroyed. */
  readonly cutAfter?: number;
}

interface VertexRecord {
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A server on loopback that issues tokens of Google Cloud and speaks Anthropic's API as Vertex AI does. */
export interface FakeVertex {
  readonly url: string;
  /** Calls of models. */
  readonly records: readonly VertexRecord[];
  /** How each token was asked for. */
  readonly grants: readonly string[];
  /** Seconds for which the next tokens hold. */
  tokenSeconds: number;
  /** The credentials file of a service account that the server knows. */
  readonly account: Readonly<Record<string, string>>;
  /** The credentials file of a workload whose token stands in a file. */
  workload(file: string): object;
  enqueue(...behaviours: VertexBehaviour[]): void;
  close(): Promise<void>;
}

/** What the workload proves itself with. */
export const WORKLOAD_TOKEN = 'token-of-the-workload';
const EMAIL = 'gateway@acme.iam.gserviceaccount.com';
const AUDIENCE =
  '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q';
const HEADERS: ReadonlySet<string> = new Set(
  'host connection content-type content-length accept accept-encoding user-agent authorization anthropic-beta'.split(
    ' ',
  ),
);
const TARGET =
  /^\/v1\/projects\/acme\/locations\/europe-west1\/publishers\/anthropic\/models\/[^/?]+:(?:rawPredict|streamRawPredict)$/;

/** Starts the server. */
export async function startFakeVertex(): Promise<FakeVertex> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const records: VertexRecord[] = [];
  const grants: string[] = [];
  const queue: VertexBehaviour[] = [];
  const own = { url: '', tokenSeconds: 3_600 };
  const isGranted = async (form: URLSearchParams): Promise<boolean> => {
    const grant = form.get('grant_type') ?? '';
    grants.push(grant);
    if (grant.endsWith(':token-exchange'))
      return form.get('subject_token') === WORKLOAD_TOKEN && form.get('audience') === AUDIENCE;
    const { payload } = await jwtVerify(form.get('assertion') ?? '', publicKey, {
      ...{ issuer: EMAIL, audience: `${own.url}/token`, algorithms: ['RS256'] },
      maxTokenAge: 60,
    });
    return payload['scope'] === 'https://www.googleapis.com/auth/cloud-platform';
  };
  const issue = async (form: URLSearchParams, response: ServerResponse): Promise<void> => {
    const isKnown = await isGranted(form).catch(() => false);
    const granted = {
      ...{ access_token: GOOGLE_TOKEN, expires_in: own.tokenSeconds, token_type: 'Bearer' },
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    };
    const refused = { error: 'invalid_grant', error_description: form.get('assertion') };
    send(response, isKnown ? 200 : 400, isKnown ? granted : refused);
  };
  const server = await startLoopbackServer(async (request, response) => {
    const text = (await buffer(request)).toString();
    const { url: target = '', headers } = request;
    if (target === '/token') {
      await issue(new URLSearchParams(text), response);
      return;
    }
    const record = { target, headers, body: JSON.parse(text) as VertexRecord['body'] };
    records.push(record);
    const problem = problemOf(record);
    if (problem === null) answer(record, response, queue.shift() ?? {});
    else send(response, problem[0], [{ error: { code: problem[0], message: problem[1] } }]);
  });
  own.url = server.url;
  return Object.assign(own, {
    close: () => server.close(),
    records,
    grants,
    account: {
      ...{ type: 'service_account', project_id: 'acme', client_email: EMAIL },
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      token_uri: `${own.url}/token`,
    },
    workload: (file: string) => ({
      ...{ type: 'external_account', audience: AUDIENCE, token_url: `${own.url}/token` },
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      credential_source: { file },
    }),
    enqueue: (...behaviours: VertexBehaviour[]) => void queue.push(...behaviours),
  });
}

function problemOf({ target, headers, body }: VertexRecord): [number, string] | null {
  if (headers.authorization !== `Bearer ${GOOGLE_TOKEN}`) return [401, 'invalid credentials'];
  const header = Object.keys(headers).find((name) => !HEADERS.has(name));
  if (header !== undefined) return [400, `header ${header}`];
  if (!TARGET.test(target)) return [404, target];
  if (body['anthropic_version'] !== 'vertex-2023-10-16') return [400, 'anthropic_version'];
  return 'model' in body === target.includes('/count-tokens:') ? null : [400, 'model'];
}

function answer(
  { target, body: asked }: VertexRecord,
  response: ServerResponse,
  { status = 200, body, cutAfter }: VertexBehaviour,
): void {
  if (target.includes('/count-tokens:')) send(response, status, body ?? { input_tokens: 2_095 });
  else if (asked['stream'] !== true || body !== undefined)
    send(response, status, body ?? ANTHROPIC_MESSAGE);
  else {
    response.writeHead(status, { 'content-type': 'text/event-stream; charset=utf-8' });
    for (const event of ANTHROPIC_EVENTS.slice(0, cutAfter)) response.write(event);
    if (cutAfter === undefined) response.end();
    else setTimeout(() => response.destroy(), 20);
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' });
  response.end(JSON.stringify(body));
}
