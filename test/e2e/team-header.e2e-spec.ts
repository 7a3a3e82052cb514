import { randomUUID } from 'node:crypto';
import { Database } from '#libs/database';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { exchange } from '#support/raw-exchange';
import { rowCounts } from '#support/row-counts';

interface LogRow {
  readonly team_id: string;
}

const BODY = JSON.stringify({ model: 'test-model', messages: [{ role: 'user', content: 'x' }] });
const FIELDS = `
    user_id_jwt_field: sub
    user_id_upsert: true`;

describe('teams that a caller names', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
  });

  afterAll(async () => {
    await upstream.close();
    await issuer.stop();
  });

  describe('in x-litellm-team-id (threat A04)', () => {
    let gateway: TestGateway;
    let admin: Client;
    let member: string;
    let root: string;

    beforeAll(async () => {
      gateway = await startGateway({
        issuer,
        upstreamUrl: upstream.url,
        jwtauth: `${FIELDS}
    team_ids_jwt_field: teams
    admin_allowed_routes: ['*']`,
      });
      admin = Client.admin(gateway.url);
      for (const [team_id, team_alias] of [
        ['a', 'Alpha'],
        ['b', 'Beta'],
        ['foreign', 'Foreign'],
        ['blocked', 'Blocked'],
      ]) {
        await admin.post('/team/new', { team_id, team_alias });
      }
      await admin.post('/team/block', { team_id: 'blocked' });
      member = await issuer.sign({ sub: 'member', teams: ['a', 'b', 'blocked'] });
      root = await issuer.sign({ sub: 'root', scope: 'litellm_proxy_admin' });
    });

    afterAll(async () => {
      await gateway.stop();
    });

    /** The team that the call is booked to, or the reason of its refusal. */
    const bookedTo = async (token: string, lines: readonly string[]): Promise<string> => {
      const head = [
        'POST /v1/chat/completions HTTP/1.1',
        'Content-Type: application/json',
        `Authorization: Bearer ${token}`,
      ];
      const { status, text } = await exchange(gateway.url, [...head, ...lines], BODY);
      const id = /x-request-id: (\S+)/i.exec(text)?.[1] ?? '';
      if (status !== 200) return /"reason":"(\w+)"/.exec(text)?.[1] ?? String(status);
      const { json } = await admin.get<LogRow[]>(`/spend/logs?request_id=${id}`);
      return json[0]?.team_id ?? 'none';
    };

    it.each<[string[], string]>([
      [[], 'a'],
      [['x-litellm-team-id:'], 'a'],
      [['x-litellm-team-id: a'], 'a'],
      [['x-litellm-team-id: b'], 'b'],
      [['X-LITELLM-TEAM-ID: b'], 'b'],
      [['x-litellm-team-id: \tb '], 'b'],
      [['x-litellm-team-id: Beta'], 'b'],
      [['x-litellm-team-id: B'], 'team_not_in_token'],
      [['x-litellm-team-id: beta'], 'team_not_in_token'],
      [['x-litellm-team-id: foreign'], 'team_not_in_token'],
      [['x-litellm-team-id: Foreign'], 'team_not_in_token'],
      [['x-litellm-team-id: no-such'], 'team_not_in_token'],
      [['x-litellm-team-id: *'], 'team_not_in_token'],
      [['x-litellm-team-id: a,b'], 'team_not_in_token'],
      [['x-litellm-team-id: "b"'], 'team_not_in_token'],
      [['x-litellm-team-id: null'], 'team_not_in_token'],
      [['x-litellm-team-id: b%00'], 'team_not_in_token'],
      [['x-litellm-team-id: b\u00a0'], 'team_not_in_token'],
      [['x-litellm-team-id: blocked'], 'team_blocked'],
      [['x-litellm-team-id: a', 'x-litellm-team-id: b'], 'request_invalid'],
      [['x-litellm-team-id: b', 'X-LiteLLM-Team-Id: foreign'], 'request_invalid'],
      [['x_litellm_team_id: foreign'], 'a'],
      [['x-gatehouse-team-id: foreign', 'x-team-id: foreign'], 'a'],
      [['x-litellm-team_id: foreign'], 'a'],
      [['Connection: x-litellm-team-id', 'x-litellm-team-id: foreign'], 'team_not_in_token'],
    ])('of a member: %j is %s', async (lines, expected) => {
      expect(await bookedTo(member, lines)).toBe(expected);
    });

    it.each<[string[], string]>([
      [[], 'none'],
      [['x-litellm-team-id: foreign'], 'foreign'],
      [['x-litellm-team-id: no-such'], 'team_unknown'],
      [['x-litellm-team-id: blocked'], 'team_blocked'],
      [['x-litellm-team-id: a', 'x-litellm-team-id: foreign'], 'request_invalid'],
    ])('of an administrator: %j is %s, never ignored', async (lines, expected) => {
      const team = await bookedTo(root, lines);
      expect(team === '' ? 'none' : team).toBe(expected);
    });
  });

  describe('in its token (threat A06)', () => {
    const unknown = (): Promise<string> =>
      issuer.sign({ sub: 'maker', team: `team-${randomUUID()}` });

    it('are not made unless that is switched on', async () => {
      const gateway = await startGateway({
        issuer,
        upstreamUrl: upstream.url,
        jwtauth: `${FIELDS}
    team_id_jwt_field: team`,
      });
      const before = await rowCounts(gateway);
      for (let made = 0; made < 20; made += 1) {
        const response = await new Client(gateway.url, await unknown()).chat();
        expect([response.status, response.json.error.reason]).toEqual([403, 'team_unknown']);
      }
      expect(await rowCounts(gateway)).toEqual(before);
      await gateway.stop();
    });

    it('are made with an id and nothing else, one of each, and never by an administrator', async () => {
      const gateway = await startGateway({
        issuer,
        upstreamUrl: upstream.url,
        jwtauth: `${FIELDS}
    team_id_jwt_field: team
    team_id_upsert: true`,
      });
      const extra = { team_alias: 'x', models: ['*'], max_budget: 1e9, organization_id: 'acme' };
      const token = await issuer.sign({ sub: 'maker', team: 'fresh', ...extra });
      const calls = Array.from({ length: 10 }, () => new Client(gateway.url, token).chat());
      for (const { status } of await Promise.all(calls)) expect(status).toBe(200);
      expect(await rowCounts(gateway)).toMatchObject({ teams: 1, users: 1, organizations: 0 });
      const { json } = await Client.admin(gateway.url).get('/team/info?team_id=fresh');
      expect(json.team_info).toMatchObject({ team_alias: null, organization_id: null, models: [] });
      const actors = await gateway.gateway.app
        .get(Database)
        .read((manager) =>
          manager.query<object[]>('SELECT DISTINCT actor_kind FROM audit_entries'),
        );
      expect(actors).toEqual([{ actor_kind: 'provisioning' }]);
      await gateway.stop();
    });
  });
});
