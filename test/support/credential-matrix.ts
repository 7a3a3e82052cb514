import { documentedPath, ENDPOINTS, pathsOf } from '#libs/proxy';
import { formText } from './recording.js';

/** Stands for a credential of a client in the lines of {@link HEADER_SPELLINGS} and {@link QUERY_SPELLINGS}. */
export const INBOUND_SECRET = 'inbound-secret-0123456789abcdef';

/** The configured header of the credential of a gateway under test. */
export const KEY_HEADER = 'x-company-key';

const NAMES = [
  'Authorization',
  'AUTHORIZATION',
  'Proxy-Authorization',
  'X-Authorization',
  'X-Forwarded-Authorization',
  'X-Original-Authorization',
  'X-Serverless-Authorization',
  'X-Goog-Iam-Authorization-Token',
  'Authentication',
  'Cookie',
  'Cookie2',
  'Set-Cookie',
  'X-Api-Key',
  'x_api_key',
  'X.Api.Key',
  'X-Apikey',
  'Api-Key',
  'api_key',
  'ApiKey',
  'X-Goog-Api-Key',
  'X-LiteLLM-Api-Key',
  'X-LiteLLM-Key',
  'Ocp-Apim-Subscription-Key',
  'Subscription-Key',
  'X-Functions-Key',
  'X-Auth-Token',
  'X-Access-Token',
  'X-Id-Token',
  'X-Forwarded-Access-Token',
  'X-Auth-Request-Access-Token',
  'X-Amz-Security-Token',
  'X-Amz-Date',
  'X-Amz-Content-Sha256',
  'X-Ms-Token-Aad-Access-Token',
  'X-Vault-Token',
  'X-Csrf-Token',
  'X-Session-Id',
  'X-Secret',
  'X-Password',
  'X-Hub-Signature',
  'DPoP',
  'X-Jwt-Assertion',
  'X-Client-Cert',
  'Company_Key',
  KEY_HEADER.replaceAll('-', '_'),
];

/** Lines of headers that carry a credential, in every spelling that a server may read. */
export const HEADER_SPELLINGS: readonly string[] = [
  ...NAMES.map((name) => `${name}: ${INBOUND_SECRET}`),
  `Authorization: Bearer ${INBOUND_SECRET}`,
  `authorization: bearer  ${INBOUND_SECRET}`,
  `Authorization: Basic ${Buffer.from(`user:${INBOUND_SECRET}`).toString('base64')}`,
  `Authorization: AWS4-HMAC-SHA256 Credential=${INBOUND_SECRET}/x, Signature=${INBOUND_SECRET}`,
  `Cookie: session=${INBOUND_SECRET}; token=${INBOUND_SECRET}`,
  ...NAMES.map((name) => `X-Pass-${name}: ${INBOUND_SECRET}`),
  `x-pass-x-pass-authorization: Bearer ${INBOUND_SECRET}`,
  `X-Pass-${KEY_HEADER}: ${INBOUND_SECRET}`,
];

/** Parameters of a query that carry a credential. */
export const QUERY_SPELLINGS: readonly string[] = [
  ...['key', 'KEY', '%6bey', 'api_key', 'api-key', 'apikey', 'API_KEY', 'api%5Fkey', 'api%2Dkey'],
  ...['subscription-key', 'subscription_key', 'token', 'auth', 'authorization', 'sig', 'signature'],
  ...[
    'X-Amz-Security-Token',
    'X-Amz-Credential',
    'X-Amz-Signature',
    'x-goog-signature',
    'code_secret',
  ],
].map((name) => `${name}=${INBOUND_SECRET}`);

/** A call that is relayed to an upstream. */
export interface RelayedCall {
  /** Sent once for each spelling of a credential; any other call is sent once with all of them. */
  readonly isDetailed: boolean;
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** Prefixes of providers, each with an operation that calls the model `test-model`, or that calls none. */
export const PREFIX_CALLS: readonly (readonly [prefix: string, inference: string])[] = [
  ['/openai', '/v1/chat/completions'],
  ['/openai_passthrough', '/v1/responses'],
  ['/anthropic', '/v1/messages'],
  ['/azure', '/openai/deployments/test-model/chat/completions'],
  ['/azure_ai', '/models/chat/completions'],
  ['/gemini', '/v1beta/models/test-model:generateContent'],
  ['/vertex_ai', '/v1/projects/p/locations/l/publishers/google/models/test-model:generateContent'],
  ['/vertex-ai', '/v1/projects/p/locations/l/publishers/google/models/test-model:generateContent'],
  ['/bedrock', '/model/test-model/invoke'],
  ['/cohere', '/v2/chat'],
  ['/mistral', '/v1/chat/completions'],
  ['/vllm', '/v1/chat/completions'],
  ['/milvus', '/v2/vectordb/entities/search'],
  ['/assemblyai', '/v2/transcript'],
  ['/eu.assemblyai', '/v2/transcript'],
  ['/langfuse', '/api/public/ingestion'],
];

/**
 * Every call that reaches an upstream: each row of the table of endpoints, each prefix of a provider, and the endpoints of
 * {@link matrixEndpoints}. A new row is among them by itself.
 */
export const RELAYED_CALLS: readonly RelayedCall[] = [
  ...ENDPOINTS.flatMap((endpoint) => {
    const { plain, withModel } = pathsOf(endpoint);
    // What is made for a caller is asked for again or read before, which the tests of files and batches show.
    if (endpoint.servedBy !== undefined && endpoint.objects?.inPath === undefined) return [];
    const example = { ...endpoint.documentation.example, model: 'test-model' };
    const body = endpoint.takes === 'form' ? formText(example) : JSON.stringify(example);
    return [...plain, ...withModel].map((path, index) => ({
      isDetailed: index === 0,
      method: endpoint.method ?? 'POST',
      path: documentedPath(path).replace('{model}', 'test-model'),
      body: endpoint.method === 'GET' || endpoint.takes === 'none' ? '' : body,
    }));
  }),
  ...['/apis/plain', '/apis/forwarding/v1/things'].map((path) => ({
    isDetailed: true,
    method: 'POST',
    path,
    body: '{"model":"test-model"}',
  })),
  ...PREFIX_CALLS.flatMap(([prefix, inference]) => [
    {
      isDetailed: true,
      method: 'POST',
      path: `${prefix}${inference}`,
      body: '{"model":"test-model","messages":[]}',
    },
    ...['GET', 'DELETE', 'PUT', 'PATCH'].map((method) => ({
      isDetailed: false,
      method,
      path: `${prefix}/v1/things/one`,
      body: method === 'GET' ? '' : 'any \u0000 bytes',
    })),
  ]),
];

/** One deployment of `test-model` for each kind of upstream, so that every endpoint has one that serves it. */
export function matrixModels(upstreamUrl: string): string {
  return ['openai', 'anthropic', 'gemini']
    .map(
      (provider) => `
  - model_name: test-model
    litellm_params:
      model: ${provider}/test-model
      api_base: ${upstreamUrl}/v1
      api_key: ${upstreamKeyOf(provider)}`,
    )
    .join('');
}

/** The model `voice`, at the address of a fake realtime upstream. */
export function realtimeModel(realtimeUrl: string): string {
  return `
  - model_name: voice
    litellm_params:
      model: openai/upstream-realtime
      api_base: ${realtimeUrl}/v1
      api_key: upstream-secret`;
}

/** `pass_through_endpoints` as keys of `general_settings`: one sends what describes the content, one all headers. */
export function matrixEndpoints(upstreamUrl: string): string {
  return `
  pass_through_endpoints:
    - { path: /apis/plain, target: '${upstreamUrl}/plain', headers: { Authorization: 'Bearer ${upstreamKeyOf('PLAIN')}' } }
    - path: /apis/forwarding
      target: ${upstreamUrl}/forwarding?key=${upstreamKeyOf('FORWARDING')}
      include_subpath: true
      forward_headers: true`;
}

/** The environment in which every prefix leads to one upstream, each with a credential of its own. */
export function prefixEnvironment(upstreamUrl: string): Readonly<Record<string, string>> {
  const bases =
    'OPENAI ANTHROPIC AZURE AZURE_AI GEMINI VERTEX_AI BEDROCK COHERE MISTRAL VLLM MILVUS ASSEMBLYAI EU_ASSEMBLYAI LANGFUSE';
  const keys =
    'OPENAI ANTHROPIC AZURE AZURE_AI GEMINI VERTEX_AI BEDROCK COHERE MISTRAL VLLM MILVUS ASSEMBLYAI';
  return {
    ...Object.fromEntries(
      bases.split(' ').map((name) => [`${name}_API_BASE`, `${upstreamUrl}/base`]),
    ),
    ...Object.fromEntries(keys.split(' ').map((name) => [`${name}_API_KEY`, upstreamKeyOf(name)])),
    LANGFUSE_PUBLIC_KEY: 'pk-langfuse',
    LANGFUSE_SECRET_KEY: upstreamKeyOf('LANGFUSE'),
  };
}

/** The credential of a provider in {@link prefixEnvironment}. */
function upstreamKeyOf(provider: string): string {
  return `upstream-key-of-${provider.toLowerCase()}`;
}
