import type { WireFormat } from '#libs/common';
import { PREFIX_CALLS } from './credential-matrix.js';
import type { MatrixCall } from './operation-matrix.js';

const PRICED = '/apis/priced';
const UNPRICED = '/apis/unpriced';
/** The model in the paths of {@link PREFIX_CALLS}. */
const MODEL = 'test-model';
/** Operations that call no model, or one that cannot be read. */
const NAMELESS = /\/(?:search|transcript|ingestion)$/;

/** The text of the requests. */
export const PASSED_TEXT = 'one two three';
/** What each request to the endpoint with a price costs. */
export const ENDPOINT_COST = '0.040000000000';
/** Entries of lists of routes that open the endpoints of {@link ownEndpoints}. */
export const OWN_ROUTES = `${PRICED}, ${PRICED}/*, ${UNPRICED}`;

/** `pass_through_endpoints` as a key of `general_settings`: one with a price and what is below it, and one without both. */
export function ownEndpoints(upstreamUrl: string): string {
  return `
  pass_through_endpoints:
    - { path: ${PRICED}, target: '${upstreamUrl}/own', include_subpath: true, cost_per_request: ${ENDPOINT_COST} }
    - { path: ${UNPRICED}, target: '${upstreamUrl}/own' }`;
}

/** One call that goes to an upstream as it is. */
export interface PassedCall extends Pick<
  MatrixCall,
  'name' | 'wire' | 'method' | 'paths' | 'body' | 'headers' | 'isStream'
> {
  readonly path: string;
  /** The name of its model group in the books. */
  readonly group: string;
  /** Below the prefix of a provider; else it is an endpoint of the configuration. */
  readonly isOfPrefix: boolean;
  /** Whether the gateway can read its model. */
  readonly hasModel: boolean;
  /** Whether each request has a price. */
  readonly isPriced: boolean;
}

/** Every prefix of a provider, with a call of a model, plain and streamed, and one of none; and endpoints of a configuration. */
export const PASSED_CALLS: readonly PassedCall[] = [
  ...PREFIX_CALLS.flatMap(([prefix, below]) => {
    const path = `${prefix}${below}`;
    const hasModel = !NAMELESS.test(below);
    const isGoogle = below.includes(':');
    const streamed = isGoogle ? path.replace(':generate', ':streamGenerate') : path;
    return [
      passed(path, { hasModel }),
      ...(hasModel && !below.endsWith('/invoke')
        ? [passed(streamed, { hasModel, isStream: true })]
        : []),
      passed(`${prefix}/v1/things/one`, { method: 'GET' }),
    ];
  }),
  ...[PRICED, `${PRICED}/below`].map((path) =>
    passed(path, { isOfPrefix: false, hasModel: true, isPriced: true }),
  ),
  passed(UNPRICED, { isOfPrefix: false, hasModel: true }),
  passed(UNPRICED, { method: 'DELETE', isOfPrefix: false }),
];

function passed(path: string, further: Partial<PassedCall>): PassedCall {
  const { method = 'POST', isStream = false } = further;
  const content = {
    ...{ model: MODEL, messages: [{ role: 'user', content: PASSED_TEXT }] },
    ...(isStream ? { stream: true, stream_options: { include_usage: true } } : {}),
  };
  return {
    ...{ path, method, isStream, paths: [path] },
    group: groupOf(path, further),
    name: `${method} ${path}, ${isStream ? 'streamed' : 'plain'}`,
    wire: wireOf(path),
    body: method === 'POST' ? JSON.stringify(content) : undefined,
    headers: { 'content-type': 'application/json' },
    ...{ isOfPrefix: true, hasModel: false, isPriced: false },
    ...further,
  };
}

function wireOf(path: string): WireFormat {
  if (path.startsWith('/anthropic/')) return 'anthropic';
  return /^\/(?:gemini|vertex[_-]ai)\//.test(path) ? 'google' : 'openai';
}

/** The model, where it is read; else the path of the target. */
function groupOf(
  path: string,
  { isOfPrefix = true, hasModel = false }: Partial<PassedCall>,
): string {
  if (!isOfPrefix) return path.replace('/below', '');
  return hasModel ? MODEL : path.slice(0, path.indexOf('/', 1));
}
