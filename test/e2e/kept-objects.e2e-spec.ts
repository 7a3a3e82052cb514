import { SettingsStore } from '#libs/config';
import { UpstreamObjectsService, type ObjectKind } from '#libs/objects';
import { documentedPath, ENDPOINTS, pathsOf } from '#libs/proxy';
import { anAccessContext } from '#support/access-builders';
import { startCaptureUpstream, type CaptureUpstream } from '#support/capture-upstream';
import { Client } from '#support/client';
import { DEFAULT_JWTAUTH, startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { A_FORM, formText } from '#support/recording';

/** One operation on what upstreams keep, as a client sends it. */
interface KeptCall {
  readonly method: string;
  /** With the names of ids in braces. */
  readonly path: string;
  readonly body: string | undefined;
  readonly isForm: boolean;
  readonly namesObject: boolean;
  /** It goes to where files are kept. */
  readonly isOfFiles: boolean;
}

const ID = /\{\w+_id\}/;

/** Every operation whose path names an object, or that goes to where files are kept. A new one is among them by itself. */
const CALLS: readonly KeptCall[] = ENDPOINTS.filter(
  ({ servedBy, route }) => servedBy !== undefined || ID.test(route),
).map((endpoint) => {
  const { method = 'POST', takes = 'json', route, servedBy, documentation } = endpoint;
  const { example } = documentation;
  const isForm = takes === 'form';
  const text = isForm ? formText({ ...example, file: 'notes' }) : JSON.stringify(example);
  const [path = ''] = pathsOf(endpoint).plain;
  return {
    method,
    path: documentedPath(path),
    body: method === 'GET' || takes === 'none' ? undefined : text,
    isForm,
    namesObject: ID.test(route) || text.includes('"file-'),
    isOfFiles: servedBy === 'files',
  };
});
const named = (calls: readonly KeptCall[]) =>
  calls.map((call) => [`${call.method} ${call.path}`, call] as const);

const KINDS: readonly ObjectKind[] = [
  ...([
    'response',
    'file',
    'batch',
    'fine_tuning_job',
    'vector_store',
    'conversation',
    'container',
  ] as const),
];
/** The model of a file for batches is that of its lines. */
const MODEL = 'fast';
const LINE = JSON.stringify({
  ...{ custom_id: 'a', method: 'POST', url: '/v1/chat/completions' },
  body: { model: MODEL, messages: [], max_tokens: 1 },
});
/** Where a batch reads its input, before it is made. */
const INPUT = /^\/v1\/files\/[^/]+\/content$/;

const chat = (message: object): object => ({
  ...{ model: MODEL, max_tokens: 1 },
  messages: [{ role: 'user', content: 'x', ...message }],
});

let issuer: TestIssuer;
let upstream: CaptureUpstream;
let gateway: TestGateway;
let status = 200;
let readsInput = false;
let objects = 0;

beforeAll(async () => {
  issuer = await TestIssuer.start();
  upstream = await startCaptureUpstream(({ target }, response) => {
    const isInput = readsInput && INPUT.test(target);
    response
      .writeHead(isInput ? 200 : status, { 'content-type': 'application/json' })
      .end(isInput ? LINE : JSON.stringify({ id: 'made-1', object: 'thing', status: 'completed' }));
  });
  const api = `api_base: "${upstream.url}/v1", api_key: k`;
  const model = (name: string) => `
  - model_name: ${name}
    litellm_params: { model: openai/${MODEL}, ${api}, input_cost_per_token: 0, output_cost_per_token: 0 }`;
  gateway = await startGateway({
    ...{ issuer, upstreamUrl: upstream.url },
    jwtauth: `${DEFAULT_JWTAUTH}
  pass_through_endpoints: [{ path: /apis/things, target: '${upstream.url}/things' }]`,
    env: { OPENAI_API_BASE: `${upstream.url}/v1`, OPENAI_API_KEY: 'k' },
    models: `${model(MODEL)}${model('other')}
files_settings:
  - { custom_llm_provider: openai, ${api} }
router_settings: { num_retries: 2, disable_cooldowns: true, default_fallbacks: [other] }`,
  });
  for (const team_id of ['red', 'blue'])
    await Client.admin(gateway.url).post('/team/new', { team_id });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  await issuer.stop();
});

beforeEach(() => {
  status = 200;
  readsInput = false;
});

describe.each(named(CALLS))('%s', (_name, call) => {
  if (call.namesObject) {
    it('does not know what was made by another user, or for another team or organisation, and asks nothing upstream', async () => {
      const id = await boundId();
      for (const stranger of [
        { sub: 'bob', team: 'red' },
        { sub: 'alice', team: 'blue' },
      ]) {
        const made = await send(call, id, stranger);
        expect([stranger, ...made]).toEqual([stranger, 404, 0]);
      }
      const unknown = await send(call, `${id}x`);
      expect(unknown).toEqual([404, 0]);
    });
  }

  it('asks the upstream once, and no other, where that fails', async () => {
    readsInput = call.path === '/v1/batches';
    const id = await boundId();
    // The last one says that nothing is to be repeated there, which leaves the fallbacks.
    for (const failure of call.isOfFiles ? [503, 429] : [501]) {
      status = failure;
      expect(await send(call, id)).toEqual([failure, readsInput ? 2 : 1]);
    }
  });
});

it('a call below the prefix of a provider asks it once, and no other, where it fails', async () => {
  const admin = Client.admin(gateway.url);
  for (const path of ['/openai/v1/chat/completions', '/openai/v1/files', '/apis/things'])
    for (const failure of [503, 429]) {
      upstream.clear();
      status = failure;
      expect((await admin.post(path, chat({}))).status).toBe(failure);
      expect(upstream.requests).toHaveLength(1);
    }
});

describe('an id in a body', () => {
  it.each<[path: string, body: object]>([
    ['/v1/batches', { input_file_id: 'OTHER', endpoint: '/v1/chat/completions' }],
    ['/v1/fine_tuning/jobs', { model: MODEL, training_file: 'OTHER' }],
    ['/v1/fine_tuning/jobs', { model: MODEL, training_file: 'OWN', validation_file: 'OTHER' }],
    ['/v1/vector_stores', { file_ids: ['OWN', 'OTHER'] }],
    ['/v1/vector_stores/OWN/files', { file_id: 'OTHER' }],
    ['/v1/vector_stores/OWN/file_batches', { file_ids: ['OWN', 'OTHER'] }],
    ['/v1/vector_stores/OWN/file_batches', { files: [{ file_id: 'OTHER' }] }],
    ['/v1/conversations', { items: [{ type: 'item_reference', id: 'OTHER' }] }],
    ['/v1/conversations', { items: [{ content: [{ file_id: 'OTHER' }] }] }],
    ['/v1/conversations/OWN/items', { items: [{ type: 'item_reference', id: 'OTHER' }] }],
    ['/v1/conversations/OWN/items', { items: [{ type: 'web_search_call', id: 'OTHER' }] }],
    ['/v1/conversations/OWN/items', { items: [{ content: [{ file_id: 'OTHER' }] }] }],
    ['/v1/containers', { name: 'x', file_ids: ['OWN', 'OTHER'] }],
    ['/v1/containers', { name: 'x', skills: [{ skill_id: 'skill_OTHER' }] }],
    ['/v1/responses', { model: MODEL, previous_response_id: 'OTHER' }],
    ['/v1/responses', { model: MODEL, conversation: 'OTHER' }],
    ['/v1/responses', { model: MODEL, conversation: { id: 'OTHER' } }],
    ['/v1/responses', { model: MODEL, input: [{ type: 'item_reference', id: 'OTHER' }] }],
    ['/v1/responses', { model: MODEL, input: [{ type: 'image_generation_call', id: 'OTHER' }] }],
    ['/v1/responses', { model: MODEL, input: [{ type: 'reasoning', summary: [], id: 'OTHER' }] }],
    ['/v1/responses', { model: MODEL, input: [{ approval_request_id: 'OTHER' }] }],
    ['/v1/responses', { model: MODEL, tools: [{ skills: [{ skill_id: 'skill_OTHER' }] }] }],
    ['/v1/responses/compact', { model: MODEL, input: [{ type: 'web_search_call', id: 'OTHER' }] }],
    ['/v1/responses', { model: MODEL, input: [{ content: [{ file_id: 'OTHER' }] }] }],
    ['/v1/responses', { model: MODEL, prompt: { variables: { a: { file_id: 'OTHER' } } } }],
    ['/v1/responses', { model: MODEL, tools: [{ vector_store_ids: ['OTHER'] }] }],
    ['/v1/responses', { model: MODEL, tools: [{ container: 'OTHER' }] }],
    ['/v1/chat/completions', chat({ content: [{ file: { file_id: 'OTHER' } }] })],
    ['/v1/chat/completions', chat({ audio: { id: 'OTHER' } })],
    ['/v1/chat/completions', { ...chat({}), audio: { voice: { id: 'OTHER' } } }],
    ['/v1/audio/speech', { model: MODEL, input: 'x', voice: { id: 'OTHER' } }],
    ['/v1/chat/completions', { ...chat({}), tools: [{ container: 'OTHER' }] }],
    ['/v1/messages', chat({ content: [{ source: { type: 'file', file_id: 'OTHER' } }] })],
    ['/v1/messages', { ...chat({}), system: [{ source: { file_id: 'OTHER' } }] }],
    ['/v1/messages', { ...chat({}), container: 'OTHER' }],
    ['/v1/messages', { ...chat({}), container: { id: 'OTHER', skills: [] } }],
    ['/v1/messages', { ...chat({}), container: { skills: [{ skill_id: 'skill_OTHER' }] } }],
    ['/v1/messages/count_tokens', chat({ content: [{ source: { file_id: 'OTHER' } }] })],
  ])('at %s must be that of the caller: %j', async (path, body) => {
    const id = await boundId();
    upstream.clear();
    const client = await clientOf({ sub: 'bob', team: 'red' });
    const own = await boundId('bob');
    const content = JSON.parse(
      JSON.stringify(body).replaceAll('OWN', own).replaceAll('OTHER', id),
    ) as object;
    const response = await client.post(path.replace('OWN', own), content);
    expect([response.status, response.text]).toEqual([
      404,
      expect.stringContaining('made by another caller'),
    ]);
    expect(upstream.requests).toEqual([]);
  });

  it.each([
    ['/v1/responses', `{"model":"${MODEL}","conversation":{"id":"OTHER","id":"OWN"}}`],
    ['/v1/responses', `{"model":"${MODEL}","conversation":{"ID":"OTHER","id":"OWN"}}`],
    ['/v1/responses/compact', `{"model":"${MODEL}","conversation":{"id":"OTHER","id":"OWN"}}`],
    ['/v1/vector_stores/OWN/file_batches', '{"files":[{"file_id":"OTHER","file_id":"OWN"}]}'],
    [
      '/v1/containers',
      '{"name":"x","skills":[{"skill_id":"skill_OTHER","skill_id":"openai-spreadsheets"}]}',
    ],
  ])('at %s must not be one of two with the same name: %s', async (path, body) => {
    const [other, own] = [await boundId(), await boundId('bob')];
    upstream.clear();
    const client = await clientOf({ sub: 'bob', team: 'red' });
    const content = body.replaceAll('OWN', own).replaceAll('OTHER', other);
    const headers = { 'content-type': 'application/json' };
    const sent = { body: content, headers };
    const { status } = await client.send('POST', path.replace('OWN', own), sent);
    expect(status).toBe(400);
    expect(upstream.requests).toEqual([]);
  });
});

const clientOf = async (claims: { readonly sub: string; readonly team: string }): Promise<Client> =>
  new Client(gateway.url, await issuer.sign({ email: `${claims.sub}@acme.example`, ...claims }));

/** The id of a new object of each kind, which an upstream keeps for a user of the team `red`. */
async function boundId(user = 'alice'): Promise<string> {
  objects += 1;
  const id = `object-${String(objects)}`;
  const { app } = gateway.gateway;
  const { id: deploymentId = '' } = app.get(SettingsStore).current.deployments[0] ?? {};
  const { attribution } = anAccessContext({
    attribution: { ...anAccessContext({}).attribution, userId: user, teamId: 'red', orgId: null },
  });
  await app.get(UpstreamObjectsService).bind(
    KINDS.map((kind) => ({ kind, id })),
    { attribution, deploymentId, modelGroup: MODEL },
  );
  return id;
}

/** Returns the status of a call, and how often it has reached an upstream. */
async function send(
  { method, path, body, isForm }: KeptCall,
  id: string,
  caller = { sub: 'alice', team: 'red' },
): Promise<readonly [status: number, asked: number]> {
  upstream.clear();
  const client = await clientOf(caller);
  const headers = isForm ? A_FORM.headers : { 'content-type': 'application/json' };
  const content = body?.replaceAll(/"file-[^"]*"/g, `"${id}"`).replaceAll('gpt-4o-mini', MODEL);
  const response = await client.send(
    method,
    path.replaceAll(/\{\w+\}/g, id),
    content === undefined ? {} : { body: content, headers },
  );
  return [response.status, upstream.requests.length];
}
