import { startCaptureUpstream, type CaptureUpstream } from '#support/capture-upstream';
import { Client } from '#support/client';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

interface Listed {
  readonly allowed_passthrough_routes: readonly string[];
}

describe('allowed_passthrough_routes', () => {
  let issuer: TestIssuer;
  let upstream: CaptureUpstream;
  let gateway: TestGateway;
  let admin: Client;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startCaptureUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `
    user_id_jwt_field: sub
    team_id_jwt_field: team
    team_ids_jwt_field: teams
    team_alias_jwt_field: alias
    team_claim_fallback: true
    user_id_upsert: true
  pass_through_endpoints:
    - { path: /bria, target: '${upstream.url}/bria', include_subpath: true }
    - { path: /brian, target: '${upstream.url}/brian' }`,
    });
    admin = Client.admin(gateway.url);
    const opened = { allowed_passthrough_routes: ['/bria'] };
    await admin.post('/team/new', { team_id: 'open', team_alias: 'open-alias', ...opened });
    await admin.post('/team/new', { team_id: 'closed', team_alias: 'closed-alias' });
    await admin.post('/team/new', { team_id: 'deep', allowed_passthrough_routes: ['/bria/deep'] });
    await admin.post('/team/new', { team_id: 'blocked', blocked: true, ...opened });
    await admin.post('/user/new', { user_id: 'member-of-open' });
    await admin.post('/team/member_add', {
      team_id: 'open',
      member: { user_id: 'member-of-open', role: 'user' },
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const as = async (claims: Readonly<Record<string, unknown>>): Promise<Client> =>
    new Client(gateway.url, await issuer.sign({ sub: 'someone', ...claims }));

  it.each<readonly [Readonly<Record<string, unknown>>, string, number, string | null]>([
    [{ team: 'open' }, '/bria', 200, null],
    [{ team: 'open' }, '/bria/any/thing', 200, null],
    [{ team: 'open' }, '/brian', 403, null],
    [{ team: 'closed' }, '/bria', 403, null],
    [{ team: 'deep' }, '/bria', 403, null],
    [{ team: 'deep' }, '/bria/deep', 200, null],
    [{ team: 'deep' }, '/bria/deep/er', 200, null],
    [{ team: 'deep' }, '/bria/deeper', 403, null],
    [{ team: 'blocked' }, '/bria', 403, null],
    [{ alias: 'open-alias' }, '/bria', 200, null],
    [{ alias: 'closed-alias' }, '/bria', 403, null],
    [{ teams: ['closed', 'open'] }, '/bria', 200, null],
    [{ teams: ['blocked', 'open'] }, '/bria', 200, null],
    [{ teams: ['closed', 'deep'] }, '/bria', 403, null],
    [{ teams: ['closed', 'open'] }, '/bria', 403, 'closed'],
    [{ teams: ['closed', 'open'] }, '/bria', 200, 'open'],
    [{ sub: 'member-of-open' }, '/bria', 200, null],
    [{ sub: 'nowhere' }, '/bria', 403, null],
    [{ team: 'open' }, '/key/generate', 403, null],
    [{ team: 'open' }, '/team/new', 403, null],
  ])('of the team of %j decide about %s: %s', async (claims, path, status, team) => {
    const headers = team === null ? {} : { 'x-litellm-team-id': team };
    const caller = await as(claims);
    const response = await caller.send('POST', path, { body: '{}', headers });
    expect([response.status, status === 403 ? response.json.error.reason : null]).toEqual([
      status,
      status === 403 ? 'route_not_allowed' : null,
    ]);
    const explained = await admin.post<{ readonly status: number }>('/auth/explain', {
      token: await issuer.sign({ sub: 'someone', ...claims }),
      route: path,
      ...(team === null ? {} : { headers }),
    });
    expect(explained.json.status).toBe(status);
  });

  it('of a team are shown as they were set, and hold from the next request on', async () => {
    await admin.post('/team/new', { team_id: 'changing' });
    const caller = await as({ team: 'changing' });
    const shown = async (): Promise<readonly string[]> => {
      const { json } = await admin.get<{ readonly team_info: Listed }>(
        '/team/info?team_id=changing',
      );
      return json.team_info.allowed_passthrough_routes;
    };
    expect([await shown(), (await caller.post('/bria', {})).status]).toEqual([[], 403]);
    const update = { team_id: 'changing', allowed_passthrough_routes: ['/bria', '/brian'] };
    await admin.post('/team/update', update);
    expect([await shown(), (await caller.post('/bria', {})).status]).toEqual([
      ['/bria', '/brian'],
      200,
    ]);
    await admin.post('/team/update', { team_id: 'changing', blocked: false });
    expect(await shown()).toEqual(['/bria', '/brian']);
    await admin.post('/team/update', { team_id: 'changing', allowed_passthrough_routes: null });
    expect([await shown(), (await caller.post('/bria', {})).status]).toEqual([[], 403]);
  });

  it.each([[['/bria/*']], [['bria']], [['*']], [['openai_routes']], ['/bria'], [[1]], [['/{x}']]])(
    'are refused as %j',
    async (list) => {
      const body = { team_id: 'open', allowed_passthrough_routes: list };
      const response = await admin.post('/team/update', body);
      expect([response.status, response.text]).toEqual([
        400,
        expect.stringContaining('"param":"allowed_passthrough_routes"'),
      ]);
    },
  );

  it('of a key take the place of those of its team, and do not come from its metadata', async () => {
    const keyOf = async (body: object): Promise<Client> => {
      const { json } = await admin.post<Listed & { readonly key: string }>('/key/generate', body);
      return new Client(gateway.url, json.key);
    };
    const statusOf = async (caller: Client, path: string): Promise<number> =>
      (await caller.post(path, {})).status;
    const ofTeam = await keyOf({ team_id: 'open' });
    expect([await statusOf(ofTeam, '/bria/x'), await statusOf(ofTeam, '/brian')]).toEqual([
      200, 403,
    ]);
    const own = await keyOf({ team_id: 'open', allowed_passthrough_routes: ['/brian'] });
    expect([await statusOf(own, '/bria'), await statusOf(own, '/brian')]).toEqual([403, 200]);
    const alone = await keyOf({ allowed_passthrough_routes: ['/brian'] });
    expect([await statusOf(alone, '/bria'), await statusOf(alone, '/brian')]).toEqual([403, 200]);
    const narrowed = await keyOf({ team_id: 'open', allowed_routes: ['openai_routes'] });
    expect(await statusOf(narrowed, '/bria')).toBe(403);
    const info = await own.get<{ readonly info: Listed }>('/key/info');
    expect(info.json.info.allowed_passthrough_routes).toEqual(['/brian']);
    const byMetadata = await keyOf({ metadata: { allowed_passthrough_routes: ['/brian'] } });
    expect(await statusOf(byMetadata, '/brian')).toBe(403);
  });
});
