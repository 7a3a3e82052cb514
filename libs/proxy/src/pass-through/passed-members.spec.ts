import { scanJsonObject } from '#libs/common';
import { BY_TOKENS } from '#libs/spend';
import { forwardedHeaders } from './forwarded-headers.js';
import { requireClearMembers } from './passed-members.js';
import { formatFor } from './response-formats.js';

const check = (body: object, below = '/v1/responses', model: string | null = 'm') => {
  requireClearMembers(
    { model, below, isEndpoint: false },
    scanJsonObject(Buffer.from(JSON.stringify(body))),
  );
};

describe('the body of a call below a prefix', () => {
  it.each([
    ['background', { background: true }, '/responses'],
    ['background', { background: 'yes' }, '/openai/v1/Responses'],
    ['Model', { model: 'm', Model: 'o3' }, '/v1/chat/completions'],
    ['MODEL', { MODEL: 'o3' }, '/v1/messages'],
    ['Service_Tier', { Service_Tier: 'flex' }, '/v1/chat/completions'],
    ['Background', { Background: true }, '/v1/responses'],
  ])('is refused for %s: %j at %s', (param, body, below) => {
    expect(() => {
      check(body, below);
    }).toThrow(expect.objectContaining({ code: 'request_invalid', param }));
  });

  it.each([
    [{ model: 'm', background: false }, '/responses', 'm'],
    [{ model: 'm', background: null }, '/responses', 'm'],
    [{ model: 'm', background: 'transparent' }, '/images/generations', 'm'],
    [{ Model: 'x' }, '/v1/batches', null],
  ])('is sent as it is otherwise: %j at %s', (body, below, model) => {
    expect(() => {
      check(body, below, model);
    }).not.toThrow();
  });
});

describe('the usage in a response that is passed through', () => {
  const body = Buffer.from(
    '{"id":"resp_1","error":null,"usage":{"input_tokens":7,"output_tokens":2}}',
  );
  const read = (method: string, below: string, model: string | null) =>
    formatFor({ model, below, billing: BY_TOKENS }, method).readBody(body);

  it.each([
    ['GET', '/v1/responses/resp_1'],
    ['HEAD', '/v1/responses/resp_1'],
    ['DELETE', '/v1/responses/resp_1'],
    ['POST', '/v1/responses/resp_1/cancel'],
    ['GET', '/v1/threads/t/runs/r'],
  ])('is not that of a call which only shows what is kept: %s %s', (method, below) => {
    for (const model of [null, 'm'])
      expect(read(method, below, model)).toMatchObject({ usage: null, isError: false });
  });

  it('is that of a call which makes it', () => {
    expect(read('POST', '/v1/responses', 'm').usage).not.toBeNull();
    expect(read('POST', '/v1/threads/t/runs', null).usage).not.toBeNull();
  });
});

describe('the features of Anthropic that a client asks for', () => {
  const sent = (headers: Record<string, string>) => {
    const caller = { issuer: null, subject: null, keyId: null, userId: null, teamId: null };
    const client = { headers, keyHeader: null, credentials: [], attribution: caller as never };
    return forwardedHeaders(client, { headers: {}, forwardsHeaders: false })['anthropic-beta'];
  };

  it.each(['anthropic-beta', 'x-pass-anthropic-beta'])(
    'go upstream in %s without what describes its own credential',
    (name) => {
      expect(sent({ [name]: 'context-1m-2025-08-07, oauth-2025-04-20,Files-1' })).toBe(
        'context-1m-2025-08-07,Files-1',
      );
      expect(sent({ [name]: 'OAuth-2025-04-20' })).toBeUndefined();
    },
  );
});
