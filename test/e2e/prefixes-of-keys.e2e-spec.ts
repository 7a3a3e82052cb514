import { COMPLETION, startCaptureUpstream, type CaptureUpstream } from '#support/capture-upstream';
import { Client } from '#support/client';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

const CHAT = { model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }] };
const OPENAI = '/openai/v1/chat/completions';
const MISTRAL = '/mistral/v1/chat/completions';

interface MadeKey {
  readonly key: string;
}

describe('the prefixes of providers are opened', () => {
  let issuer: TestIssuer;
  let upstream: CaptureUpstream;
  let gateway: TestGateway;
  let admin: Client;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startCaptureUpstream((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(COMPLETION);
    });
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `
    user_id_jwt_field: sub
    user_id_upsert: true
    team_id_jwt_field: team
    team_allowed_routes: [openai_routes, key_management_routes, '/mistral/*']`,
      env: {
        ...{ OPENAI_API_BASE: upstream.url, OPENAI_API_KEY: 'openai-key-of-the-gateway' },
        ...{ MISTRAL_API_BASE: upstream.url, MISTRAL_API_KEY: 'mistral-key-of-the-gateway' },
      },
    });
    admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'listed', allowed_passthrough_routes: ['/openai'] });
    await admin.post('/team/new', { team_id: 'closed' });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const keyOf = async (values: object, maker = admin): Promise<Client> => {
    const made = await maker.post<MadeKey>('/key/generate', values);
    expect(made.status).toBe(200);
    return new Client(gateway.url, made.json.key);
  };
  const tokenOf = (claims: object): Promise<string> => issuer.sign({ sub: 'alice', ...claims });
  /** Status at the prefix of OpenAI and of Mistral, which explain has to agree with. */
  const statusesOf = async (caller: Client, token: string | null): Promise<readonly number[]> => {
    const statuses: number[] = [];
    for (const path of [OPENAI, MISTRAL]) {
      const { status } = await caller.post(path, CHAT);
      statuses.push(status);
      const explained = await admin.post<{ readonly status: number }>('/auth/explain', {
        token,
        route: path,
        model: CHAT.model,
      });
      expect([path, explained.json.status]).toEqual([path, status]);
    }
    return statuses;
  };

  it.each<readonly [object, number, number]>([
    [{}, 403, 403],
    [{ key_type: 'llm_api' }, 403, 403],
    [{ allowed_routes: ['*'] }, 403, 403],
    [{ allowed_routes: ['openai_routes'] }, 403, 403],
    [{ allowed_routes: ['/openai/*'] }, 200, 403],
    [{ allowed_routes: [`POST ${OPENAI}`] }, 200, 403],
    [{ allowed_routes: [`GET ${OPENAI}`] }, 403, 403],
    [{ allowed_routes: ['passthrough_routes_wildcard'] }, 200, 200],
    [{ allowed_passthrough_routes: ['/mistral'] }, 403, 403],
    [{ team_id: 'listed' }, 403, 403],
    [{ team_id: 'listed', allowed_passthrough_routes: ['/mistral'] }, 403, 403],
    [{ team_id: 'listed', allowed_routes: ['/mistral/*'] }, 403, 200],
    [{ allowed_routes: ['/openai/*', '/mistral/*'], models: ['o3'] }, 403, 403],
  ])('to a key that an administrator made with %j: %i, %i', async (values, openai, mistral) => {
    const made = await admin.post<MadeKey>('/key/generate', values);
    const { key } = made.json;
    expect(await statusesOf(new Client(gateway.url, key), key)).toEqual([openai, mistral]);
  });

  it('to a service account, and by a change of an administrator that holds from the next request on', async () => {
    const made = await admin.post<MadeKey>('/key/service-account/generate', {
      team_id: 'closed',
      allowed_routes: ['/openai/*'],
    });
    const { key } = made.json;
    const caller = new Client(gateway.url, key);
    expect(await statusesOf(caller, key)).toEqual([200, 403]);
    await admin.post('/key/update', { key, allowed_routes: ['/mistral/*'] });
    expect(await statusesOf(caller, key)).toEqual([403, 200]);
  });

  it('to teams by `team_allowed_routes`, and never by `allowed_passthrough_routes`', async () => {
    for (const team of ['listed', 'closed']) {
      const token = await tokenOf({ team });
      const statuses = await statusesOf(new Client(gateway.url, token), token);
      expect([team, statuses]).toEqual([team, [403, 200]]);
    }
  });

  it('never by a list that the holder of the key made, until an administrator sets it', async () => {
    const alice = new Client(gateway.url, await tokenOf({ team: 'closed' }));
    const values = { allowed_routes: ['/v1/chat/completions', '/mistral/*'] };
    const made = await alice.post<MadeKey>('/key/generate', values);
    expect([made.status, made.text]).toEqual([200, expect.stringContaining('sk-')]);
    const { key } = made.json;
    const caller = new Client(gateway.url, key);
    expect(await statusesOf(caller, key)).toEqual([403, 403]);
    await admin.post('/key/update', { key, key_alias: 'still-hers' });
    expect(await statusesOf(caller, key)).toEqual([403, 403]);
    await admin.post('/key/update', { key, ...values });
    expect(await statusesOf(caller, key)).toEqual([403, 200]);
  });

  it('within the rate limits and the budget of the key', async () => {
    const opened = { allowed_routes: ['/openai/*'] };
    const limited = await keyOf({ ...opened, rpm_limit: 1 });
    expect((await limited.post(OPENAI, CHAT)).status).toBe(200);
    const second = await limited.post(OPENAI, CHAT);
    expect([second.status, second.json.error.reason]).toEqual([429, 'rate_limited']);
    const sure = await keyOf({ ...opened, max_budget: 1, unpriced_models: 'deny' });
    const seen = upstream.requests.length;
    const refused = await sure.post(OPENAI, CHAT);
    expect([refused.status, refused.json.error.reason]).toEqual([403, 'price_unknown']);
    expect(upstream.requests).toHaveLength(seen);
  });
});
