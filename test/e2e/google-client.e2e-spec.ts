import { ApiError, FunctionCallingConfigMode, GoogleGenAI, Type } from '@google/genai';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { GOOGLE_KEY, startFakeGoogle, type FakeGoogle } from '#support/fake-google';
import { googleError } from '#support/google-contents';
import { startGateway, type TestGateway } from '#support/gateway';
import { AUDIENCE, TestIssuer } from '#support/issuer';
import { OpenIdProvider, RESOURCE } from '#support/openid-provider';

const HELLO = { model: 'gemini', contents: 'hello' };
const PICTURE = {
  inlineData: { mimeType: 'image/png', data: Buffer.alloc(64).toString('base64') },
};

describe('the official google client with a token as its key', () => {
  let provider: OpenIdProvider;
  let issuer: TestIssuer;
  let upstream: FakeGoogle;
  let gateway: TestGateway;
  let admin: Client;
  let person: string;

  beforeAll(async () => {
    provider = await OpenIdProvider.start({ email: 'alice@acme.example', team: 'research' });
    issuer = await TestIssuer.start();
    upstream = await startFakeGoogle();
    const address = `api_base: "${upstream.url}", api_key: ${GOOGLE_KEY}, input_cost_per_token: 0.000003, output_cost_per_token: 0.000015`;
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: `
  - model_name: gemini
    litellm_params: { model: gemini/gemini-real, ${address} }
  - model_name: own/gemini
    litellm_params: { model: gemini/gemini-own, ${address} }
    model_info: { max_input_tokens: 1000 }
  - model_name: gpt
    litellm_params: { model: openai/gpt, api_base: "${upstream.url}/v1", api_key: k }`,
      jwtauth: `
    user_id_jwt_field: sub
    user_email_jwt_field: email
    team_id_jwt_field: team
    user_id_upsert: true
    team_allowed_routes: [google_routes, openai_routes]
    issuers:
      - issuer: ${provider.issuer}
        audience: ${RESOURCE}
      - issuer: ${issuer.issuer}
        jwks_url: ${issuer.jwksUrl}
        audience: ${AUDIENCE}`,
      gatehouse: '  spend: { client_abort: cancel }\n  budgets: { clamp_output: true }',
      env: { JWT_PUBLIC_KEY_URL: '', JWT_ISSUER: '', JWT_AUDIENCE: '' },
    });
    admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'research' });
    await admin.post('/team/new', { team_id: 'poor', max_budget: 0 });
    await admin.post('/team/new', { team_id: 'small', models: ['own/gemini'] });
    person = (await provider.authorizationCode()).access_token;
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await provider.stop();
    await issuer.stop();
  });

  const clientOf = (apiKey: string, apiVersion = 'v1'): GoogleGenAI =>
    new GoogleGenAI({
      apiKey,
      apiVersion,
      httpOptions: { baseUrl: gateway.url, retryOptions: { attempts: 1 } },
    });
  const tokenOf = (team: string): Promise<string> =>
    issuer.sign({ sub: 'carol', email: 'carol@acme.example', team });
  const clientIn = async (team: string): Promise<GoogleGenAI> => clientOf(await tokenOf(team));
  const thrownBy = (call: PromiseLike<unknown>): Promise<unknown> =>
    Promise.resolve(call).then(
      () => null,
      (error: unknown) => error,
    );
  const lastBody = () => upstream.records.at(-1)?.body;

  it('gets contents of a real provider’s token, which the upstream never sees', async () => {
    const response = await clientOf(person).models.generateContent(HELLO);
    expect([response.text, response.usageMetadata?.totalTokenCount]).toEqual([
      'Hello there, "friend".',
      156,
    ]);
    const { headers } = upstream.records.at(-1) ?? {};
    expect(headers).toMatchObject({ 'x-goog-api-key': GOOGLE_KEY, 'user-agent': 'gatehouse' });
    expect(JSON.stringify(headers)).not.toContain(person);
  });

  it('gets a stream to its end', async () => {
    const texts: unknown[] = [];
    const stream = await clientOf(person).models.generateContentStream(HELLO);
    for await (const chunk of stream) texts.push(chunk.text);
    expect(texts.filter(Boolean).join('')).toBe('Hello there, "friend".');
  });

  it('throws the gateway’s error in the midst of a stream', async () => {
    upstream.enqueue({ cutAfter: 1 });
    const stream = await clientOf(person).models.generateContentStream(HELLO);
    const drained = (async () => {
      for await (const chunk of stream) expect(chunk).toBeDefined();
    })();
    const thrown = await thrownBy(drained);
    expect(thrown).toBeInstanceOf(ApiError);
    expect(thrown).toMatchObject({
      status: 502,
      message: expect.stringContaining('upstream_invalid') as string,
    });
  });

  it('gets the call of a function', async () => {
    const response = await clientOf(person).models.generateContent({
      ...HELLO,
      config: {
        tools: [{ functionDeclarations: [{ name: 'weather', parameters: { type: Type.OBJECT } }] }],
        toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } },
      },
    });
    expect(response.functionCalls).toMatchObject([{ name: 'weather', args: { city: 'Bern' } }]);
  });

  it('gets a structured response of a picture', async () => {
    const responseSchema = { type: Type.OBJECT, properties: { name: { type: Type.STRING } } };
    await clientOf(person).models.generateContent({
      model: 'own/gemini',
      contents: [{ role: 'user', parts: [{ text: 'What is it?' }, PICTURE] }],
      config: { responseMimeType: 'application/json', responseSchema, maxOutputTokens: 200 },
    });
    expect(upstream.records.at(-1)?.target).toBe('/v1beta/models/gemini-own:generateContent');
    expect(lastBody()).toMatchObject({
      contents: [{ parts: [{ text: 'What is it?' }, PICTURE] }],
      generationConfig: { responseMimeType: 'application/json', maxOutputTokens: 200 },
    });
  });

  it('counts tokens, also with an exhausted budget, which refuses its contents', async () => {
    const client = await clientIn('poor');
    expect(await client.models.countTokens(HELLO)).toMatchObject({ totalTokens: 31 });
    const thrown = await thrownBy(client.models.generateContent(HELLO));
    expect(thrown).toBeInstanceOf(ApiError);
    expect(String(thrown)).toContain('RESOURCE_EXHAUSTED');
    expect(String(thrown)).toContain('budget_exceeded');
  });

  it('may abort a stream', async () => {
    upstream.enqueue({ hangAfter: 2 });
    const before = upstream.records.length;
    const abort = new AbortController();
    const stream = await clientOf(person).models.generateContentStream({
      ...HELLO,
      config: { abortSignal: abort.signal },
    });
    const read = async (): Promise<void> => {
      for await (const chunk of stream) if (chunk.text !== undefined) abort.abort();
    };
    expect(await thrownBy(read())).not.toBeNull();
    await eventually(() => expect(upstream.records[before]?.isAborted).toBe(true));
  });

  it.each(['v1', 'v1beta'])(
    'lists the models that its caller may use, on pages (%s)',
    async (version) => {
      const names = async (client: GoogleGenAI): Promise<unknown[]> => {
        const found: unknown[] = [];
        for await (const model of await client.models.list({ config: { pageSize: 2 } }))
          found.push([model.name, model.supportedActions?.length]);
        return found;
      };
      expect(await names(clientOf(person, version))).toEqual([
        ['models/gemini', 3],
        ['models/own/gemini', 3],
        ['models/gpt', 0],
      ]);
      expect(await names(clientOf(await tokenOf('small'), version))).toEqual([
        ['models/own/gemini', 3],
      ]);
    },
  );

  it('reads one model, and none that its caller may not use', async () => {
    const client = clientOf(await tokenOf('small'), 'v1beta');
    expect(await client.models.get({ model: 'own/gemini' })).toMatchObject({
      name: 'models/own/gemini',
      inputTokenLimit: 1_000,
    });
    expect(String(await thrownBy(client.models.get({ model: 'gemini' })))).toContain('NOT_FOUND');
  });

  it('throws for a model that its caller may not use, and for a token of another audience', async () => {
    const before = upstream.records.length;
    const client = await clientIn('small');
    for (const stream of [false, true]) {
      const { models } = client;
      const call = stream ? models.generateContentStream(HELLO) : models.generateContent(HELLO);
      const thrown = await thrownBy(call);
      expect(thrown).toMatchObject({ status: 403 });
      expect(String(thrown)).toContain('model_not_allowed');
    }
    const foreign = clientOf(await issuer.sign({ email: 'a@acme.example', aud: 'other' }));
    expect(await thrownBy(foreign.models.generateContent(HELLO))).toMatchObject({ status: 401 });
    expect(upstream.records).toHaveLength(before);
  });

  it('throws the error of the upstream as it is', async () => {
    const error = googleError(400, 'INVALID_ARGUMENT', 'Unsupported MIME type');
    upstream.enqueue({ status: 400, body: { error } });
    const thrown = await thrownBy(clientOf(person).models.generateContent(HELLO));
    expect(thrown).toMatchObject({
      status: 400,
      message: expect.stringContaining('MIME') as string,
    });
  });

  it('does not notice that the upstream was overloaded once', async () => {
    const error = googleError(503, 'UNAVAILABLE', 'The model is overloaded.');
    upstream.enqueue({ status: 503, body: { error } });
    expect((await clientOf(person).models.generateContent(HELLO)).text).toContain('Hello');
  });

  it('takes the token in Authorization, too, and in no parameter of the query', async () => {
    const path = '/v1beta/models/gemini:generateContent';
    const body = JSON.stringify({ contents: [{ parts: [{ text: 'a' }] }] });
    const send = (query: string, headers: Record<string, string>) =>
      fetch(`${gateway.url}${path}${query}`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
      });
    expect((await send('', { authorization: `Bearer ${person}` })).status).toBe(200);
    const refused = await send(`?key=${person}`, {});
    expect([refused.status, await refused.json()]).toMatchObject([
      401,
      { error: { code: 401, status: 'UNAUTHENTICATED', reason: 'credential_missing' } },
    ]);
  });

  it('is explained as it is served', async () => {
    for (const [team, model, status] of [
      ['research', 'gemini', 200],
      ['small', 'gemini', 403],
      ['poor', 'gemini', 422],
      ['research', 'gpt', 400],
    ] as const) {
      const token = await tokenOf(team);
      const route = `/v1beta/models/${model}:generateContent`;
      const explained = await admin.post<{ status: number }>('/auth/explain', { token, route });
      const client = new Client(gateway.url, token);
      const called = await client.post(route, { contents: [] });
      expect([explained.json.status, called.status]).toEqual([status, status]);
    }
  });

  it('has its output lowered to what a budget bears, in its place', async () => {
    const key = await admin.post<{ key: string }>('/key/generate', { max_budget: 0.003 });
    const client = new Client(gateway.url, key.json.key);
    const body = `{"contents": [], "generationConfig": {"topK":  1e1, "maxOutputTokens": 5000, "candidateCount": 2}}`;
    const answer = await client.post('/v1beta/models/gemini:generateContent', body);
    const limit = Number(answer.headers.get('x-gatehouse-output-limit'));
    expect(answer.status).toBe(200);
    expect(limit).toBeGreaterThan(64);
    expect(limit).toBeLessThanOrEqual(100);
    expect(upstream.records.at(-1)?.bytes.toString()).toBe(body.replace('5000', String(limit)));
  });
});
