import { Client } from '#support/client';
import { RealtimeClient } from '#support/realtime-client';
import { REALTIME_PATH, RealtimeHarness } from '#support/realtime-harness';

describe('sessions of the Realtime API', () => {
  let harness: RealtimeHarness;

  beforeAll(async () => {
    harness = await RealtimeHarness.start();
  });

  afterAll(async () => {
    await harness.stop();
  });

  it('keeps the credential of the client, and says what it asks for in headers of its own', async () => {
    const { token } = await harness.caller();
    const connected = await RealtimeClient.connect(harness.gateway.url, REALTIME_PATH, {
      protocols: ['realtime', `openai-insecure-api-key.${token}`, 'openai-beta.realtime-v1'],
      headers: { origin: harness.gateway.url, cookie: 'a=b' },
    });
    if (!(connected instanceof RealtimeClient)) throw new Error(JSON.stringify(connected));
    expect(connected.socket.protocol).toBe('realtime');
    expect(JSON.stringify(connected.headers)).not.toContain(token);
    expect(connected.headers).toMatchObject({
      'x-litellm-model-group': 'voice',
      'x-request-id': expect.stringMatching(/^req_/),
      'x-gatehouse-decision-id': expect.stringMatching(/^dec_/),
    });
    const { headers, path } = harness.upstream.records.at(-1) ?? { headers: {}, path: '' };
    expect(path).toBe('/v1/realtime?model=upstream-realtime');
    expect(headers).toMatchObject({
      authorization: 'Bearer upstream-secret',
      'openai-beta': 'realtime=v1',
      'user-agent': 'gatehouse',
    });
    expect(JSON.stringify(headers)).not.toContain(token.slice(-40));
    expect(headers['sec-websocket-protocol']).toBeUndefined();
    expect(headers.origin).toBeUndefined();
    expect(headers.cookie).toBeUndefined();
    connected.socket.terminate();
  });

  it.each(['/realtime', '/v1/realtime', '/openai/v1/realtime'])('is served at %s', async (path) => {
    const { token } = await harness.caller();
    const { client } = await harness.connect(token, `${path}?model=voice`);
    client.socket.close();
    await client.end();
  });

  it('asks Azure at the address of its resource, with the key in api-key', async () => {
    const { token } = await harness.caller();
    const { client, record } = await harness.connect(token, '/v1/realtime?model=azure-voice');
    expect(record.path).toBe(
      '/openai/realtime?api-version=2024-10-01-preview&deployment=azure-realtime',
    );
    expect(record.headers['api-key']).toBe('upstream-secret');
    expect(record.headers.authorization).toBeUndefined();
    client.socket.terminate();
  });

  it('refuses before the upgrade as any request is refused, and asks no upstream then', async () => {
    const { token } = await harness.caller({ models: ['voice'] });
    const before = harness.upstream.handshakes.length;
    expect(await harness.refusal(null)).toMatchObject({
      status: 401,
      reason: 'credential_missing',
    });
    expect(await harness.refusal('nonsense')).toMatchObject({ status: 401 });
    expect(await harness.refusal(token, '/v1/realtime?model=azure-voice')).toMatchObject({
      status: 403,
      reason: 'model_not_allowed',
    });
    expect(await harness.refusal(token, '/v1/realtime')).toMatchObject({ status: 400 });
    expect(await harness.refusal(token, `${REALTIME_PATH}&call_id=rtc_1`)).toMatchObject({
      status: 400,
    });
    expect(
      await harness.refusal(token, REALTIME_PATH, { origin: 'https://evil.example' }),
    ).toMatchObject({
      status: 403,
      reason: 'policy_denied',
    });
    const poor = await harness.caller({ max_budget: 0.000001 });
    expect(await harness.refusal(poor.token)).toMatchObject({
      status: 422,
      reason: 'budget_exceeded',
    });
    expect(harness.upstream.handshakes).toHaveLength(before);
    expect(await harness.entries(poor.userId)).toEqual([]);
    const plain = await new Client(harness.gateway.url, token).get(REALTIME_PATH);
    expect(plain.status).toBe(400);
  });

  it('passes the refusal of the upstream on, but not one of its own credential', async () => {
    const { token } = await harness.caller();
    harness.upstream.refuse(404);
    const refused = await RealtimeClient.connect(harness.gateway.url, REALTIME_PATH, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(refused).toMatchObject({ status: 404, body: expect.stringContaining('fake_refusal') });
    harness.upstream.refuse(403);
    expect(await harness.refusal(token)).toMatchObject({
      status: 502,
      reason: 'upstream_credential_rejected',
    });
  });

  it('ends within a second when the team is blocked or the token ends, and books what runs', async () => {
    const { token, teamId } = await harness.caller();
    const { client } = await harness.connect(token);
    await harness.admin.post('/team/block', { team_id: teamId });
    expect(await client.end(1_000)).toEqual({ code: 1_008, reason: 'team_blocked' });
    expect(client.messages.at(-1)).toMatchObject({
      type: 'error',
      error: { reason: 'team_blocked' },
    });
    const short = await harness.caller({}, { exp: Math.floor(Date.now() / 1_000) + 2 });
    const { client: ending } = await harness.connect(short.token);
    expect(await ending.end(3_500)).toEqual({ code: 1_008, reason: 'token_expired' });
  });

  it('gives the code and the reason with which the upstream closes to the client', async () => {
    const { token, userId } = await harness.caller();
    const { client } = await harness.connect(token);
    client.send({ type: 'fake.close' });
    expect(await client.end()).toEqual({ code: 4_321, reason: 'as asked' });
    expect(await harness.entries(userId)).toEqual([]);
  });

  it('refuses a message that is not one JSON object, and ends a connection whose message is too large', async () => {
    const { token } = await harness.caller();
    const { client, record } = await harness.connect(token);
    client.socket.send('{"type":"response.create","type":"x"}');
    expect((await client.next('error')).error).toMatchObject({ reason: 'request_invalid' });
    expect(record.frames).toEqual([]);
    client.socket.send(Buffer.alloc(33_554_433));
    expect(await client.end()).toMatchObject({ code: 1_009 });
    await harness.closing(record);
  });

  it('is explained like a connection is decided', async () => {
    const { token } = await harness.caller({ models: ['voice'] });
    const explain = (model: string) =>
      harness.admin.post<{ allowed: boolean; reason: string | null }>('/auth/explain', {
        ...{ token, method: 'GET', route: `/v1/realtime?model=${model}` },
      });
    expect((await explain('voice')).json).toMatchObject({ allowed: true });
    expect((await explain('azure-voice')).json).toMatchObject({
      allowed: false,
      reason: 'model_not_allowed',
    });
  });

  it.each([
    [0.0131, true],
    [0.0129, false],
  ])('is explained with what is held for it: a budget of %p', async (budget, allowed) => {
    const { token } = await harness.caller({ max_budget: budget });
    const explained = await harness.admin.post('/auth/explain', {
      ...{ token, method: 'GET', route: REALTIME_PATH },
    });
    expect(explained.json).toMatchObject({ reason: allowed ? null : 'budget_exceeded' });
    if (!allowed) {
      expect(await harness.refusal(token)).toMatchObject({ reason: 'budget_exceeded' });
      return;
    }
    const { client } = await harness.connect(token);
    client.socket.terminate();
  });

  it('closes its sessions when the gateway stops', async () => {
    const { token } = await harness.caller();
    const { client } = await harness.connect(token);
    const stopping = harness.gateway.gateway.shutdown();
    expect(await client.end()).toMatchObject({ code: 1_012 });
    await stopping;
  });
});
