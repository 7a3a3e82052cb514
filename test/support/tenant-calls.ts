import { costOf, parseDecimal, type PicoUsd } from '#libs/common';
import type { FakeBehaviour } from './fake-behaviour.js';
import { KEPT_CALLS, MATRIX_CALLS, withId, withText } from './operation-matrix.js';
import { ENDPOINT_COST, PASSED_CALLS, PASSED_TEXT } from './passed-calls.js';

/** Prices of every deployment, US dollars. */
export const TENANT_PRICES = { input: '0.00000123', output: '0.00000777', query: '0.002' };

/** A text of a request, or an id in it: of one identity, or of all of them. */
export const REQUEST_NONCE = /q\.(?:\d{3}|all)\.\d{4}\.q/g;
/** Objects of each kind that every identity has; the first is never deleted. */
export const KEPT_OBJECTS = 100;
const KEPT_KINDS = [
  'response',
  'file',
  'batch',
  'fine_tuning_job',
  'vector_store',
  'conversation',
  'container',
];

/** One call that every identity makes. */
export interface TenantCall {
  readonly name: string;
  readonly method: string;
  readonly paths: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** Its nonce is the id of an object, which must be of its caller: `lasting`, or `deleted` by it. */
  readonly object: 'lasting' | 'deleted' | null;
  /** Returns its path and its body with a nonce. */
  readonly sent: (path: string, nonce: string) => { readonly path: string; readonly body?: string };
  /** What it costs. */
  readonly costOf: (answer: string) => PicoUsd;
}

const NOTHING: TenantCall['costOf'] = () => 0n;

/** Operations of models. */
export const MODEL_CALLS: readonly TenantCall[] = MATRIX_CALLS.map((call) => ({
  ...call,
  object: null,
  sent: (path, nonce) => ({ path, body: withText(call, nonce) }),
  costOf: (answer) =>
    costOfTokens(UNREPORTED[call.name] ?? UNREPORTED[call.endpoint.route], answer),
}));

/** Operations on what an upstream keeps. The start of a batch reads another object first, which its own tests show. */
const OF_OBJECTS: readonly TenantCall[] = KEPT_CALLS.filter(
  ({ endpoint }) => endpoint.batch !== 'starts',
).map((call) => ({
  ...call,
  object: call.method === 'DELETE' ? 'deleted' : 'lasting',
  sent: (path, nonce) => {
    const { body } = withId({ ...call, paths: [path] }, nonce);
    const [own = ''] = withId({ ...call, paths: [path] }, nonce).paths;
    return { path: own, ...(body === undefined ? {} : { body }) };
  },
  costOf: NOTHING,
}));

/** Calls that go to an upstream as they are. */
const PASSED: readonly TenantCall[] = PASSED_CALLS.map((call) => ({
  ...call,
  object: null,
  sent: (path, nonce) =>
    call.body === undefined
      ? { path: `${path}?note=${nonce}` }
      : { path, body: call.body.replace(PASSED_TEXT, nonce) },
  costOf: call.isPriced ? () => costOf([{ units: 1n, price: priceOf(ENDPOINT_COST) }]) : NOTHING,
}));

/** Every operation, in each of its forms. A new endpoint is among them by itself. */
export const TENANT_CALLS: readonly TenantCall[] = [...MODEL_CALLS, ...OF_OBJECTS, ...PASSED];

/** Every response of the upstream has a nonce of its own, and a usage that follows from it. */
export function nonceBehaviour(request: Buffer, calls: number): FakeBehaviour {
  const [question = 'none'] = request.toString('latin1').match(REQUEST_NONCE) ?? [];
  const answer = `r.${String(calls).padStart(8, '0')}.r`;
  return { text: `${question} ${answer}`, headers: { 'request-id': answer }, ...tokensOf(answer) };
}

/** The tokens of a response. */
export function tokensOf(answer: string): { promptTokens: number; completionTokens: number } {
  const serial = Number(answer.slice(2, 10));
  return { promptTokens: 100 + (serial % 4_999), completionTokens: 1 + (serial % 89) };
}

/**
 * Returns the statement that lets a deployment keep {@link KEPT_OBJECTS} objects of each kind for an identity. Its parameters
 * are the number of the identity, its user, team and organisation, and the deployment and its group.
 */
export function keptObjectsStatement(): string {
  const kinds = KEPT_KINDS.map((kind) => `('${kind}')`).join(', ');
  return `INSERT INTO upstream_objects
    (kind, upstream_id, deployment_id, model_group, organization_id, team_id, user_id)
    SELECT kind, 'q.' || $1 || '.' || (9000 + object) || '.q', $5, $6, $4, $3, $2
    FROM (VALUES ${kinds}) AS kinds (kind), generate_series(0, ${String(KEPT_OBJECTS - 1)}) AS object`;
}

type Unreported = readonly [input: number, output: number, queries?: number];

/** What tokens cost; those that are not reported follow from the twelve characters of the request. */
function costOfTokens(unreported: Unreported | undefined, answer: string): PicoUsd {
  const { promptTokens, completionTokens } = tokensOf(answer);
  const [input, output, queries = 0] = unreported ?? [promptTokens, completionTokens];
  return costOf([
    { units: BigInt(input), price: priceOf(TENANT_PRICES.input) },
    { units: BigInt(output), price: priceOf(TENANT_PRICES.output) },
    { units: BigInt(queries), price: priceOf(TENANT_PRICES.query) },
  ]);
}

function priceOf(text: string) {
  const decimal = parseDecimal(text);
  if (decimal === null) throw new Error('not a price');
  return decimal;
}

const UNREPORTED: Readonly<Record<string, Unreported>> = {
  '/v1/messages/count_tokens': [0, 0],
  '/v1beta/models/{model}:countTokens': [0, 0],
  '/moderations': [3, 0],
  '/rerank': [0, 0, 1],
  '/v2/rerank': [0, 0, 1],
  'POST /audio/speech, plain': [3, 18],
};
