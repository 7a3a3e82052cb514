import { randomUUID } from 'node:crypto';
import OpenAI, { AzureOpenAI } from 'openai';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { OpenIdProvider, RESOURCE } from '#support/openid-provider';
import { responseOf, textItem } from '#support/tool-answers';

const MODEL = 'my-deployment';
const QUESTION = [{ role: 'user' as const, content: 'hello' }];

describe('the official client of Azure with tokens of an OpenID provider', () => {
  let provider: OpenIdProvider;
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let token: string;

  beforeAll(async () => {
    provider = await OpenIdProvider.start({ email: 'alice@acme.example', team: 'research' });
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: `
  - model_name: ${MODEL}
    litellm_params: { model: openai/gpt-4o, api_base: "${upstream.url}/v1", api_key: upstream-secret,
      input_cost_per_token: 0.000001, output_cost_per_token: 0.000002 }`,
      jwtauth: `
    user_id_jwt_field: sub
    team_id_jwt_field: team
    user_id_upsert: true
    issuers: [{ issuer: "${provider.issuer}", audience: "${RESOURCE}" }]`,
      env: {
        JWT_PUBLIC_KEY_URL: '',
        JWT_ISSUER: '',
        JWT_AUDIENCE: '',
        // The prefix /openai is set up, and must not take these calls.
        OPENAI_API_BASE: `${upstream.url}/passed`,
        OPENAI_API_KEY: 'prefix-secret',
      },
    });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    token = (await provider.authorizationCode()).access_token;
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await provider.stop();
    await issuer.stop();
  });

  describe.each([
    ['that names the deployment', MODEL],
    ['that names the model', undefined],
  ])('%s', (_name, deployment) => {
    let azure: AzureOpenAI;

    beforeAll(() => {
      azure = new AzureOpenAI({
        endpoint: gateway.url,
        apiVersion: '2025-04-01-preview',
        azureADTokenProvider: () => Promise.resolve(token),
        maxRetries: 0,
        ...(deployment === undefined ? {} : { deployment }),
      });
    });

    const reached = (): unknown => [
      upstream.records.at(-1)?.path,
      upstream.records.at(-1)?.headers.authorization,
    ];

    it('chats, plain and streamed', async () => {
      const plain = await azure.chat.completions.create({ model: MODEL, messages: QUESTION });
      expect(plain.choices[0]?.message.role).toBe('assistant');
      expect(reached()).toEqual(['/v1/chat/completions', 'Bearer upstream-secret']);
      const stream = await azure.chat.completions.create({
        ...{ model: MODEL, messages: QUESTION, stream: true },
      });
      let chunks = 0;
      for await (const chunk of stream) chunks += chunk.choices.length;
      expect(chunks).toBeGreaterThan(0);
    });

    it('makes a response, and deletes it', async () => {
      const made = { ...responseOf(textItem('hello')), id: `resp_${randomUUID()}` };
      upstream.enqueue({ body: JSON.stringify(made) });
      const { id, output_text } = await azure.responses.create({ model: MODEL, input: 'hello' });
      expect(output_text).toBe('hello');
      expect(reached()).toEqual(['/v1/responses', 'Bearer upstream-secret']);
      upstream.enqueue({ body: `{"id":"${id}","object":"response","deleted":true}` });
      await azure.responses.delete(id);
      expect(reached()).toEqual([`/v1/responses/${id}`, 'Bearer upstream-secret']);
    });

    it('makes speech, embeddings and images', async () => {
      upstream.enqueue({ body: 'sound', headers: { 'content-type': 'audio/mpeg' } });
      const speech = await azure.audio.speech.create({ model: MODEL, voice: 'alloy', input: 'a' });
      expect(await speech.text()).toBe('sound');
      expect(reached()).toEqual(['/v1/audio/speech', 'Bearer upstream-secret']);
      const usage = { prompt_tokens: 1, total_tokens: 1 };
      upstream.enqueue({
        body: JSON.stringify({ object: 'list', data: [{ embedding: [0.5], index: 0 }], usage }),
      });
      const { data } = await azure.embeddings.create({
        ...{ model: MODEL, input: 'a', encoding_format: 'float' },
      });
      expect(data[0]?.embedding).toEqual([0.5]);
      upstream.enqueue({ body: '{"created":1,"data":[{"b64_json":"eA=="}]}' });
      await azure.images.generate({ model: MODEL, prompt: 'a cat' });
      expect(reached()).toEqual(['/v1/images/generations', 'Bearer upstream-secret']);
    });

    it('lists models, files and batches of its own', async () => {
      const before = upstream.records.length;
      expect((await azure.models.list()).data.map(({ id }) => id)).toEqual([MODEL]);
      expect((await azure.models.retrieve(MODEL)).id).toBe(MODEL);
      expect((await azure.files.list()).data).toEqual([]);
      expect((await azure.batches.list()).data).toEqual([]);
      expect(upstream.records).toHaveLength(before);
      const unknown = azure.files.retrieve('file-of-another');
      await expect(unknown).rejects.toMatchObject({ status: 404 });
    });
  });

  it('reaches the v1 address with its version, and the prefix without one', async () => {
    const client = (version: string | null) =>
      new OpenAI({
        baseURL: `${gateway.url}/openai/v1`,
        apiKey: token,
        maxRetries: 0,
        ...(version === null ? {} : { defaultQuery: { 'api-version': version } }),
      });
    await client('preview').chat.completions.create({ model: MODEL, messages: QUESTION });
    expect(upstream.records.at(-1)?.path).toBe('/v1/chat/completions');
    // The team may not use prefixes.
    const passed = client(null).chat.completions.create({ model: MODEL, messages: QUESTION });
    await expect(passed).rejects.toMatchObject({ status: 403 });
  });

  it('is explained as the call that it makes', async () => {
    const explain = async (route: string) => {
      const admin = Client.admin(gateway.url);
      const question = { token, method: 'GET', route };
      return (
        await admin.post<{ status: number; reason: string | null }>('/auth/explain', question)
      ).json;
    };
    expect(await explain('/openai/files?api-version=1')).toMatchObject({ status: 200 });
    expect(await explain('/openai/files')).toMatchObject({ status: 403 });
  });
});
