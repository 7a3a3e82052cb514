import { CONTENT_REFUSALS } from './content-refusal.js';
import { isCredentialRefusal } from './credential-refusal.js';

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

describe('the credential of the gateway is refused', () => {
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

  it('has an address for every form of a refused content', () => {
    expect(CONTENT_REFUSALS.every(({ source }) => source.startsWith('https://'))).toBe(true);
  });
});
