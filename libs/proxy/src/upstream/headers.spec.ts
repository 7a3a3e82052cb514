import type { Attribution } from '#libs/access';
import { settingsFromYaml } from '#libs/config';
import { OpenaiDialect } from '../dialects/openai.dialect.js';
import { fixedHeaders, upstreamHeaders } from './request-headers.js';
import { isEventStream, relayedHeaders } from './response-headers.js';

const [deployment] = settingsFromYaml(`model_list:
  - model_name: m
    litellm_params:
      model: openai/m
      api_base: http://127.0.0.1:9/v1
      api_key: k
      extra_headers: { X-Static: "1", Accept-Encoding: gzip, Authorization: wrong }
`).deployments;
if (deployment === undefined) throw new Error('a deployment is expected');

const caller: Attribution = {
  issuer: 'i',
  subject: 's',
  keyId: null,
  userId: 'u',
  teamId: null,
  orgId: null,
  endUserId: null,
};

const build = (client: Record<string, string>, who = caller) =>
  upstreamHeaders(
    client,
    fixedHeaders(deployment, { authorization: 'Bearer upstream' }),
    { attribution: who, keyHeader: null },
    new OpenaiDialect(),
  );

describe('upstreamHeaders', () => {
  it('takes nothing over that identifies or routes a client', () => {
    const headers = build({
      authorization: 'Bearer client',
      cookie: 'c=1',
      'x-api-key': 'k',
      'api-key': 'k',
      'x-litellm-tags': 'a',
      'x-forwarded-for': '1.2.3.4',
      forwarded: 'for=1.2.3.4',
      connection: 'x-secret',
      'x-secret': 's',
      te: 'trailers',
      'openai-organization': 'org-evil',
      host: 'gateway',
      'user-agent': 'someone/1',
      'accept-encoding': 'gzip',
      'content-encoding': 'gzip',
    });
    expect(headers).toEqual({
      'x-static': '1',
      authorization: 'Bearer upstream',
      accept: 'application/json, text/event-stream',
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      'user-agent': 'gatehouse',
    });
  });

  it('forwards openai-beta', () => {
    expect(build({ 'openai-beta': 'assistants=v2' })).toMatchObject({
      'openai-beta': 'assistants=v2',
    });
  });

  it('scopes an idempotency key to its caller, so that tenants cannot meet', () => {
    const key = (who: Attribution) => build({ 'idempotency-key': 'same' }, who)['idempotency-key'];
    expect(key(caller)).toBe(key({ ...caller }));
    expect(key(caller)).not.toBe(key({ ...caller, userId: 'other' }));
    expect(key(caller)).not.toBe('same');
  });
});

describe('relayedHeaders', () => {
  it('lets through only what a client may see', () => {
    const relayed = relayedHeaders({
      'content-type': 'application/json',
      'x-ratelimit-remaining-tokens': '5',
      'set-cookie': ['a=1'],
      server: 'x',
      'openai-organization': 'org',
      location: 'https://evil.example',
      'retry-after': '5',
      'transfer-encoding': 'chunked',
      'content-length': '3',
      'content-encoding': 'gzip',
      'x-request-id': 'theirs',
      authorization: 'secret',
      'x-gatehouse-error-source': 'gateway',
    });
    expect(Object.fromEntries(relayed)).toEqual({
      'content-type': 'application/json',
      'x-ratelimit-remaining-tokens': '5',
    });
  });

  it('drops what Connection names', () => {
    const relayed = relayedHeaders({
      connection: 'close, X-Should-Retry',
      'x-should-retry': 'true',
    });
    expect(relayed).toEqual([]);
  });

  it.each([
    ['text/event-stream', true],
    ['Text/Event-Stream; charset=utf-8', true],
    ['text/event-streams', false],
    ['application/json', false],
  ])('content type %s is a stream: %s', (type, expected) => {
    expect(isEventStream({ 'content-type': type })).toBe(expected);
  });

  it('takes an answer without a content type for no stream', () => {
    expect(isEventStream({})).toBe(false);
  });
});
