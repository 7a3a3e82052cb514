import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { EventStreamCodec } from '@smithy/core/event-streams';
import { expectedSignature, signatureOf } from './amazon-signature.js';
import { ANTHROPIC_EVENTS, ANTHROPIC_MESSAGE } from './anthropic-messages.js';
import { startLoopbackServer } from './loopback-server.js';

/** How the next call of a model is answered in place of the usual response. */
interface BedrockBehaviour {
  readonly status?: number;
  /** Name of the exception, in the header. */
  readonly exception?: string;
  readonly body?: unknown;
  /** Bytes of a stream in place of the usual ones. */
  readonly stream?: Buffer;
  /** Bytes that are written at once; left out for all. */
  readonly pieces?: number;
}

interface BedrockRecord {
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A server on loopback that speaks Anthropic's API as Amazon Bedrock does, verifies signatures and gives out roles. */
export interface FakeBedrock {
  readonly url: string;
  readonly records: readonly BedrockRecord[];
  /** The forms with which roles were asked for. */
  readonly roles: readonly URLSearchParams[];
  /** Seconds for which the next roles hold. */
  roleSeconds: number;
  enqueue(...behaviours: BedrockBehaviour[]): void;
  /** Forgets the behaviours that no call has had. */
  forget(): void;
  close(): Promise<void>;
}

/** A key of the account, and the key of Bedrock. */
export const AMAZON_KEY = { id: 'AKIDACCOUNT', secret: 'secret-of-the-account' } as const;
export const BEDROCK_KEY = 'bedrock-api-key-1';
/** What the workload proves itself with. */
export const AMAZON_WORKLOAD_TOKEN = 'token-of-the-amazon-workload';
export const AMAZON_REGION = 'eu-central-1';
const ROLE_KEY = { id: 'ASIAROLE', secret: 'secret-of-the-role', token: 'session-of-the-role' };
const HEADERS: ReadonlySet<string> = new Set(
  'host connection content-type content-length accept accept-encoding user-agent authorization x-amz-date x-amz-security-token x-amz-content-sha256 anthropic-beta'.split(
    ' ',
  ),
);
const TARGET = /^\/model\/[\w.%-]+\/(?:invoke|invoke-with-response-stream|count-tokens)$/;
const CODEC = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

/** Returns a message of a binary event stream. */
export function eventFrame(headers: Readonly<Record<string, string>>, body: string): Buffer {
  const typed = Object.entries(headers).map(
    ([name, value]) => [name, { type: 'string', value } as const] as const,
  );
  return Buffer.from(
    CODEC.encode({ headers: Object.fromEntries(typed), body: Buffer.from(body, 'utf8') }),
  );
}

/** Returns a message with an event of a model. */
export function chunkFrame(json: string): Buffer {
  const bytes = Buffer.from(json).toString('base64');
  return eventFrame(
    { ':message-type': 'event', ':event-type': 'chunk', ':content-type': 'application/json' },
    JSON.stringify({ bytes, p: 'abcdef' }),
  );
}

/** Returns a message with an exception. */
export function exceptionFrame(type: string, message: string): Buffer {
  return eventFrame(
    { ':message-type': 'exception', ':exception-type': type },
    JSON.stringify({ message }),
  );
}

/** Returns events of Anthropic's as Bedrock sends them, with its own counts in the last. */
export function bedrockStream(events: readonly string[]): Buffer {
  return Buffer.concat(
    events.map((event) => {
      const json = event.slice(event.indexOf('data: ') + 6).trimEnd();
      return chunkFrame(
        json.includes('message_stop')
          ? json.replace(/\}$/, ',"amazon-bedrock-invocationMetrics":{"inputTokenCount":95}}')
          : json,
      );
    }),
  );
}

/** Starts the server. */
export async function startFakeBedrock(): Promise<FakeBedrock> {
  const records: BedrockRecord[] = [];
  const roles: URLSearchParams[] = [];
  const queue: BedrockBehaviour[] = [];
  const own = { url: '', roleSeconds: 3_600 };
  const server = await startLoopbackServer(async (request, response) => {
    const bytes = await buffer(request);
    const { url: target = '', headers, method = '' } = request;
    const signed = { method, target, headers, body: bytes };
    if (target === '/') {
      const form = new URLSearchParams(bytes.toString());
      roles.push(form);
      const problem = roleProblemOf(form, signed);
      sendRole(response, problem, form.get('Action') ?? '', own.roleSeconds);
      return;
    }
    const record = {
      target,
      headers,
      body: JSON.parse(bytes.toString()) as BedrockRecord['body'],
    };
    records.push(record);
    const problem = problemOf(record, signed);
    if (problem === null) await answer(record, response, queue.shift() ?? {});
    else send(response, problem[0], { message: problem[1] }, problem[2] ?? 'ValidationException');
  });
  own.url = server.url;
  return Object.assign(own, {
    close: () => server.close(),
    records,
    roles,
    enqueue: (...behaviours: BedrockBehaviour[]) => void queue.push(...behaviours),
    forget: () => void queue.splice(0),
  });
}

type Signed = Parameters<typeof expectedSignature>[0];
type Problem = readonly [status: number, message: string, exception?: string];

function problemOf({ target, headers, body }: BedrockRecord, signed: Signed): Problem | null {
  if (headers.authorization !== `Bearer ${BEDROCK_KEY}` && !isSigned(signed, 'bedrock'))
    return [
      403,
      'The security token included in the request is invalid.',
      'UnrecognizedClientException',
    ];
  const header = Object.keys(headers).find((name) => !HEADERS.has(name));
  if (header !== undefined) return [400, `header ${header}`];
  if (headers.accept !== 'application/json') return [400, 'accept'];
  if (!TARGET.test(target)) return [404, target, 'ResourceNotFoundException'];
  return bodyProblemOf(target.endsWith('/count-tokens') ? countedBodyOf(body) : body);
}

function bodyProblemOf(body: BedrockRecord['body']): Problem | null {
  if (body['anthropic_version'] !== 'bedrock-2023-05-31') return [400, 'anthropic_version'];
  if (typeof body['max_tokens'] !== 'number') return [400, 'max_tokens'];
  const member = ['model', 'stream'].find((name) => name in body);
  return member === undefined ? null : [400, `${member}: Extra inputs are not permitted`];
}

/** Returns the message in a request that counts its tokens. */
export function countedBodyOf({ input }: BedrockRecord['body']): BedrockRecord['body'] {
  const { body } = (input as { invokeModel: { body: string } }).invokeModel;
  return JSON.parse(Buffer.from(body, 'base64').toString()) as BedrockRecord['body'];
}

function isSigned(request: Signed, service: string): boolean {
  const { authorization = '', 'x-amz-security-token': token } = request.headers;
  const isRole = String(authorization).includes(`Credential=${ROLE_KEY.id}/`);
  const isAccount = String(authorization).includes(`Credential=${AMAZON_KEY.id}/`);
  if (!isRole && !isAccount) return false;
  if (isRole !== (token === ROLE_KEY.token)) return false;
  const secretAccessKey = isRole ? ROLE_KEY.secret : AMAZON_KEY.secret;
  const key = { secretAccessKey, region: AMAZON_REGION, service };
  return signatureOf(request.headers) === expectedSignature(request, key);
}

function roleProblemOf(form: URLSearchParams, signed: Signed): string | null {
  if (form.get('RoleArn') !== 'arn:aws:iam::1:role/gateway') return 'AccessDenied';
  if (form.get('Action') === 'AssumeRoleWithWebIdentity')
    return form.get('WebIdentityToken') === AMAZON_WORKLOAD_TOKEN ? null : 'InvalidIdentityToken';
  return isSigned(signed, 'sts') ? null : 'InvalidClientTokenId';
}

function sendRole(
  response: ServerResponse,
  problem: string | null,
  action: string,
  seconds: number,
): void {
  response.writeHead(problem === null ? 200 : 403, { 'content-type': 'text/xml' });
  const xmlns = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"';
  response.end(
    problem === null
      ? `<${action}Response ${xmlns}><${action}Result><Credentials><AccessKeyId>${ROLE_KEY.id}</AccessKeyId><SecretAccessKey>${ROLE_KEY.secret}</SecretAccessKey><SessionToken>${ROLE_KEY.token}</SessionToken><Expiration>${new Date(Date.now() + seconds * 1_000).toISOString()}</Expiration></Credentials></${action}Result></${action}Response>`
      : `<ErrorResponse ${xmlns}><Error><Type>Sender</Type><Code>${problem}</Code><Message>${AMAZON_KEY.secret}</Message></Error></ErrorResponse>`,
  );
}

async function answer(
  { target }: BedrockRecord,
  response: ServerResponse,
  { status = 200, exception, body, stream, pieces }: BedrockBehaviour,
): Promise<void> {
  if (exception !== undefined)
    send(response, status, body, `${exception}:http://internal.amazon.com/`);
  else if (target.endsWith('/count-tokens')) send(response, status, body ?? { inputTokens: 2_095 });
  else if (target.endsWith('/invoke')) send(response, status, body ?? ANTHROPIC_MESSAGE);
  else {
    response.writeHead(status, { 'content-type': 'application/vnd.amazon.eventstream' });
    const bytes = stream ?? bedrockStream(ANTHROPIC_EVENTS);
    const length = pieces ?? bytes.length;
    for (let start = 0; start < bytes.length; start += length)
      await new Promise((resolve) =>
        response.write(bytes.subarray(start, start + length), resolve),
      );
    response.end();
  }
}

function send(response: ServerResponse, status: number, body: unknown, exception = ''): void {
  const error = exception === '' ? {} : { 'x-amzn-errortype': exception };
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-amzn-requestid': 'amazon-1',
    ...error,
  });
  response.end(JSON.stringify(body));
}
