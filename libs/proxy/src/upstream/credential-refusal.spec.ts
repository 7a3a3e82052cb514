import { ACCOUNT_REFUSALS } from './account-refusal.js';
import { CONTENT_REFUSALS } from './content-refusal.js';
import { isCredentialRefusal } from './refusals.js';

const bytes = (body: unknown): Buffer => Buffer.from(JSON.stringify(body));

const CONTENT: readonly (readonly [string, unknown])[] = [
  ['OpenRouter, moderation', { error: { code: 403, metadata: { reasons: ['violence'] } } }],
  ['OpenRouter, filter', { error: { metadata: { error_type: 'content_policy_violation' } } }],
  [
    'OpenRouter, guardrail',
    { error: { code: 403, message: 'Request blocked: prompt injection patterns detected' } },
  ],
  [
    'xAI',
    {
      code: 'The caller does not have permission to execute the specified operation',
      error: 'Content violates usage guidelines. Team: t, Failed check: SAFETY_CHECK_TYPE_BIO',
    },
  ],
  ['Azure OpenAI', { error: { code: 'content_filter', message: 'The response was filtered' } }],
  [
    'Azure OpenAI, inner error',
    { error: { innererror: { code: 'ResponsibleAIPolicyViolation' } } },
  ],
  ['Moonshot', { error: { type: 'content_filter', message: 'considered high risk' } }],
  ['Alibaba', { error: { code: 'data_inspection_failed', message: 'inappropriate content' } }],
  ['OpenAI', { error: { code: 'content_policy_violation', type: 'invalid_request_error' } }],
  ['Azure API Management', { statusCode: 403, message: 'Request failed content safety check.' }],
  [
    'Together AI, length',
    {
      error: {
        type: 'invalid_request_error',
        message: '`inputs` tokens + `max_new_tokens` must be <= 4097',
      },
    },
  ],
];

const CREDENTIAL: readonly (readonly [string, unknown])[] = [
  ['OpenAI, model', { error: { type: 'invalid_request_error', code: 'model_not_found' } }],
  ['OpenAI, country', { error: { code: 'unsupported_country_region_territory' } }],
  ['Anthropic', { error: { type: 'permission_error', message: 'not permitted' } }],
  ['Groq', { error: { code: 'model_permission_blocked_org', type: 'permissions_error' } }],
  ['Gemini', [{ error: { code: 403, status: 'PERMISSION_DENIED' } }]],
  ['OpenRouter, limit', { error: { message: 'Key limit exceeded', metadata: { reasons: null } } }],
  [
    'xAI, key',
    { code: 'forbidden', error: 'Your API key may not use this. Content violates usage' },
  ],
  ['a quoted text', { message: 'Access denied. Request failed content safety check.' }],
  ['null', null],
  ['a string', 'Content violates usage guidelines'],
];

const geminiKey = {
  error: {
    code: 400,
    message: 'API key not valid. Please pass a valid API key.',
    status: 'INVALID_ARGUMENT',
    details: [
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' },
      { '@type': 'type.googleapis.com/google.rpc.LocalizedMessage', locale: 'en-US' },
    ],
  },
};

/** Refusals of the gateway's key or account that come with 400, with the vendor. */
const ACCOUNT: readonly (readonly [string, unknown])[] = [
  ['Gemini', geminiKey],
  ['Gemini, as a list', [geminiKey]],
  ['Gemini, text alone', { error: { code: 400, message: geminiKey.error.message } }],
  ['Gemini, expired', { error: { message: 'API key expired. Please renew the API key.' } }],
  [
    'Gemini, billing',
    {
      error: {
        status: 'FAILED_PRECONDITION',
        message: 'User location is not supported for the API use.',
      },
    },
  ],
  ['OpenAI', { error: { type: 'invalid_request_error', code: 'invalid_api_key' } }],
  [
    'xAI',
    { code: 'Client specified an invalid argument', error: 'Incorrect API key provided: x***' },
  ],
  [
    'Anthropic, credit',
    {
      error: { type: 'invalid_request_error', message: 'Your credit balance is too low to access' },
    },
  ],
  ['Anthropic, key', { type: 'error', error: { type: 'authentication_error' } }],
  ['Alibaba', { error: { code: 'Arrearage', type: 'Arrearage', message: 'Access denied' } }],
  ['Amazon Bedrock', { __type: 'UnrecognizedClientException', message: 'The security token' }],
];

/** Client errors that concern the request. */
const REQUEST: readonly (readonly [string, unknown])[] = [
  ['a bad argument', { error: { code: 400, status: 'INVALID_ARGUMENT', message: 'Bad role' } }],
  ['a quoted text', { error: { message: 'Invalid tool: API key not valid. Please pass' } }],
  ['a quoted code', { error: { message: 'unknown member "invalid_api_key"', code: 'unknown' } }],
  ['another reason', { error: { details: [{ reason: 'FIELD_INVALID' }] } }],
  ['a reason of the metadata', { error: { metadata: { reasons: ['API_KEY_INVALID'] } } }],
  ['details of another type', { error: { details: 'API_KEY_INVALID' } }],
  ['a list without an error', [null]],
  ['an empty list', []],
];

describe('the credential of the gateway is refused', () => {
  it.each(ACCOUNT)('by 400 and 404 of %s', (_vendor, body) => {
    expect([400, 404].every((status) => isCredentialRefusal(status, bytes(body)))).toBe(true);
  });

  it.each(ACCOUNT)('never by 200, 429 and 500 of %s', (_vendor, body) => {
    expect([200, 429, 500].some((status) => isCredentialRefusal(status, bytes(body)))).toBe(false);
  });

  it.each(REQUEST)('never by 400 and 422 about %s', (_what, body) => {
    expect([400, 422].some((status) => isCredentialRefusal(status, bytes(body)))).toBe(false);
  });

  it.each([401, 402, 407])('by status %d with any body', (status) => {
    for (const [, body] of [...REQUEST, ...CONTENT, ...CREDENTIAL]) {
      expect(isCredentialRefusal(status, bytes(body))).toBe(true);
    }
    expect(isCredentialRefusal(status, Buffer.from('<html>'))).toBe(true);
  });

  it.each(CREDENTIAL)('by 401 and 403 of %s', (_vendor, body) => {
    expect([401, 403].map((status) => isCredentialRefusal(status, bytes(body)))).toEqual([
      true,
      true,
    ]);
  });

  it.each(CONTENT)('by 401, and not by 403, of %s about the request', (_vendor, body) => {
    expect([401, 403].map((status) => isCredentialRefusal(status, bytes(body)))).toEqual([
      true,
      false,
    ]);
  });

  it.each(['', '<html>Forbidden</html>', '{"error":'])('by 403 with the body %j', (body) => {
    expect(isCredentialRefusal(403, Buffer.from(body))).toBe(true);
  });

  it.each([200, 400, 404, 422, 429, 451, 500])('never by status %d', (status) => {
    expect(CREDENTIAL.some(([, body]) => isCredentialRefusal(status, bytes(body)))).toBe(false);
  });

  it('has an address for every form of a refused content and account', () => {
    expect(
      [...ACCOUNT_REFUSALS, ...CONTENT_REFUSALS].every(({ source }) =>
        source.startsWith('https://'),
      ),
    ).toBe(true);
  });
});
