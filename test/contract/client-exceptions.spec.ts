import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import OpenAI from 'openai';
import { ERROR_CODES, errorBodyOf, GatehouseError, type ErrorCode } from '#libs/common';
import { errorHeadersOf } from '#gateway/http/error-headers';

const {
  APIError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
} = OpenAI;

/** By reason: the status, and the class that the official client throws. A new reason needs a line here. */
const EXPECTED: Readonly<Record<ErrorCode, readonly [number, { readonly name: string }]>> = {
  credential_missing: [401, AuthenticationError],
  credential_malformed: [401, AuthenticationError],
  credential_ambiguous: [401, AuthenticationError],
  token_invalid: [401, AuthenticationError],
  token_expired: [401, AuthenticationError],
  token_revoked: [401, AuthenticationError],
  issuer_unknown: [401, AuthenticationError],
  key_unknown: [401, AuthenticationError],
  key_expired: [401, AuthenticationError],
  key_blocked: [401, AuthenticationError],
  route_not_allowed: [403, PermissionDeniedError],
  model_not_allowed: [403, PermissionDeniedError],
  scope_insufficient: [403, PermissionDeniedError],
  role_missing: [403, PermissionDeniedError],
  policy_denied: [403, PermissionDeniedError],
  email_domain_not_allowed: [403, PermissionDeniedError],
  email_not_verified: [403, PermissionDeniedError],
  team_required: [403, PermissionDeniedError],
  team_unknown: [403, PermissionDeniedError],
  claim_ambiguous: [403, PermissionDeniedError],
  groups_unresolved: [403, PermissionDeniedError],
  team_not_in_token: [403, PermissionDeniedError],
  team_blocked: [403, PermissionDeniedError],
  user_unknown: [403, PermissionDeniedError],
  user_blocked: [403, PermissionDeniedError],
  identity_conflict: [403, PermissionDeniedError],
  org_unknown: [403, PermissionDeniedError],
  org_blocked: [403, PermissionDeniedError],
  end_user_blocked: [403, PermissionDeniedError],
  price_unknown: [403, PermissionDeniedError],
  budget_exceeded: [422, UnprocessableEntityError],
  rate_limited: [429, RateLimitError],
  request_invalid: [400, BadRequestError],
  model_unknown: [400, BadRequestError],
  operation_unsupported: [400, BadRequestError],
  model_unpriced: [400, BadRequestError],
  context_window_exceeded: [400, BadRequestError],
  not_found: [404, NotFoundError],
  already_exists: [409, ConflictError],
  idempotency_key_in_work: [409, ConflictError],
  idempotency_key_used: [409, ConflictError],
  idempotency_key_reused: [400, BadRequestError],
  // The client has no class of its own for these statuses.
  method_not_allowed: [405, APIError],
  body_too_large: [413, APIError],
  headers_too_large: [431, APIError],
  internal_error: [500, InternalServerError],
  upstream_unreachable: [502, InternalServerError],
  upstream_invalid: [502, InternalServerError],
  upstream_credential_rejected: [502, InternalServerError],
  auth_provider_unavailable: [503, InternalServerError],
  database_unavailable: [503, InternalServerError],
  budget_missing: [503, InternalServerError],
  cache_unavailable: [503, InternalServerError],
  report_timeout: [503, InternalServerError],
  spend_journal_unavailable: [503, InternalServerError],
  no_deployment_available: [503, InternalServerError],
  shutting_down: [503, InternalServerError],
  upstream_timeout: [504, InternalServerError],
};

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];

/**
 * Strings by which LiteLLM's Python library takes a response of any status for another error
 * (litellm/litellm_core_utils/exception_mapping_utils.py of BerriAI/litellm). Rate limits have
 * their own test.
 */
const MISTAKEN: readonly RegExp[] = [
  /could not be verified|invalid_encrypted_content/,
  /A timeout occurred/,
  /Request too large/,
  /Web server is returning an unknown error|The server had an error processing your request/,
  /invalid_request_error|model_not_found|content_policy_violation|content_filter_policy/,
  /Invalid prompt|violating our usage policy|result of (?:the|our) safety system/i,
  /exceed context limit|maximum context (?:length|limit)|model's context length|available context size/i,
  /string too long|input tokens exceed|maximum input length|maximum number of tokens allowed/i,
  /The api_key client option must be set|Mistral API raised a streaming error/,
  /litellm\.\w+Error/,
];
const RATE_LIMIT = /rate[\s_-]*limit|service tier capacity exceeded/i;

const ROOT = join(import.meta.dirname, '../..');

/** Source files whose text may become a message: no tests, and no page that quotes other software. */
function sources(): readonly string[] {
  return ['libs', 'apps/gateway/src'].flatMap((directory) =>
    readdirSync(join(ROOT, directory), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('spec.ts'))
      .map((path) => join(ROOT, directory, path)),
  );
}

describe('refusals in the official client of OpenAI', () => {
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const code = request.url?.split('/')[1] as ErrorCode;
      const error = new GatehouseError(code);
      const headers = { 'content-type': 'application/json', ...errorHeadersOf(error, null) };
      response.writeHead(error.status, headers).end(JSON.stringify(errorBodyOf(error)));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });

  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
  });

  it.each(CODES.flatMap((code) => [false, true].map((stream) => [code, stream] as const)))(
    '%s is thrown as the class of its status (streamed: %p)',
    async (code, stream) => {
      const client = new OpenAI({ baseURL: `${url}/${code}`, apiKey: 'token', maxRetries: 0 });
      const messages = [{ role: 'user' as const, content: 'hello' }];
      const thrown: unknown = await client.chat.completions
        .create({ model: 'm', messages, stream })
        .then(
          () => null,
          (error: unknown) => error,
        );
      const [status, kind] = EXPECTED[code];
      if (!(thrown instanceof APIError)) throw new Error('the client threw something else');
      expect(thrown.constructor).toBe(kind);
      expect(thrown).toMatchObject({
        status,
        code: String(status),
        type: ERROR_CODES[code].type,
        error: { reason: code, message: ERROR_CODES[code].sentence },
      });
      expect(thrown.message).toBe(`${String(status)} ${ERROR_CODES[code].sentence}`);
    },
  );
});

describe('refusals in libraries that look at the text', () => {
  it.each(CODES)('%s is not mistaken for another error', (code) => {
    const text = JSON.stringify(errorBodyOf(new GatehouseError(code)));
    expect(MISTAKEN.filter((pattern) => pattern.test(text))).toEqual([]);
    expect(RATE_LIMIT.test(text)).toBe(code === 'rate_limited');
  });

  it('no message in the source says that something could not be verified', () => {
    const found = sources().filter((path) =>
      /(?:message|sentence|problem): ['"`][^'"`]*could not be verified/.test(
        readFileSync(path, 'utf8'),
      ),
    );
    expect(found).toEqual([]);
  });
});
