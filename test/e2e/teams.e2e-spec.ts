import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import type { TestIssuer } from '#support/issuer';
import { describeWithPostgres } from '#support/postgres';
import { startReplicas, type Replicas } from '#support/replicas';

const JWTAUTH = `
    user_id_jwt_field: sub
    user_id_upsert: true
    team_ids_jwt_field: groups
    roles_jwt_field: roles
    sync_user_role_and_teams: true
    jwt_litellm_role_map:
      - { jwt_role: "gateway-adm*", litellm_role: proxy_admin }`;
const HEADER = 'x-litellm-team-id';
const CHAT = '/v1/chat/completions';

/** What explain says of the team. */
interface Explained {
  readonly principal: { readonly team_id: string | null };
  readonly team_candidates: readonly { readonly team_id: string }[];
}

/** What `/user/info` says of a user. */
interface UserInfo {
  readonly user_info: { readonly user_role: string | null; readonly teams: readonly string[] };
}

describeWithPostgres('the team of a call, on two replicas', (server) => {
  let issuer: TestIssuer;
  let replicas: Replicas;

  beforeAll(async () => {
    replicas = await startReplicas(server(), { jwtauth: JWTAUTH });
    ({ issuer } = replicas);
    for (const team_id of ['a', 'b', 'c', 'd', 'e']) {
      await administer('/team/new', { team_id, team_alias: `Team ${team_id}` });
    }
    await administer('/team/block', { team_id: 'c' });
  });

  afterAll(async () => {
    await replicas.stop();
  });

  const urlOf = (turn: number): string => replicas[turn % 2 === 0 ? 'first' : 'second'].url;
  const administer = (path: string, body: object) => Client.admin(urlOf(0)).post(path, body);
  const explain = async (turn: number, token: string): Promise<Explained> => {
    const asked = { token, route: CHAT, method: 'POST', model: 'test-model' };
    return (await Client.admin(urlOf(turn)).post<Explained>('/auth/explain', asked)).json;
  };
  const rowOf = async (userId: string): Promise<UserInfo['user_info']> => {
    const { json } = await Client.admin(urlOf(0)).get<UserInfo>(`/user/info?user_id=${userId}`);
    return json.user_info;
  };

  it('is 200 times the first eligible one of the token, at every replica, and never a blocked one', async () => {
    const orders = [
      ['nowhere', 'c', 'b', 'e'],
      ['c', 'e', 'd', 'a'],
      ['d', 'c', 'nowhere'],
    ];
    const expected = ['b', 'e', 'd'];
    for (const [index, groups] of orders.entries()) {
      const token = await issuer.sign({ sub: `order-${String(index)}`, groups });
      const chosen = await Promise.all(
        Array.from({ length: 67 }, async (_, turn) => {
          const { principal, team_candidates } = await explain(turn, token);
          const named = team_candidates.map(({ team_id }) => team_id);
          return JSON.stringify([principal.team_id, named]);
        }),
      );
      expect(new Set(chosen)).toEqual(new Set([JSON.stringify([expected[index], groups])]));
      expect((await new Client(urlOf(index), token).chat()).status).toBe(200);
    }
  });

  it('moves on within a second when the chosen team is blocked, and the header chooses another', async () => {
    const token = await issuer.sign({ sub: 'mover', groups: ['a', 'b'] });
    expect((await explain(1, token)).principal.team_id).toBe('a');
    await administer('/team/block', { team_id: 'a' });
    await eventually(async () => {
      expect((await explain(1, token)).principal.team_id).toBe('b');
    }, 1_000);
    const body = { model: 'test-model', messages: [{ role: 'user', content: 'hello' }] };
    const asking = (team: string) =>
      new Client(urlOf(1), token).post(CHAT, body, { [HEADER]: team });
    expect((await asking('a')).json.error.reason).toBe('team_blocked');
    expect((await asking('Team b')).status).toBe(200);
    expect((await asking('d')).json.error.reason).toBe('team_not_in_token');
    await administer('/team/unblock', { team_id: 'a' });
  });

  it('leaves role and memberships as the newest token has them (threats A08 and A09)', async () => {
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const sign = (iat: number, claims: object) => issuer.sign({ sub: 'synced', iat, ...claims });
    const raised = await sign(nowSeconds - 60, { groups: ['a', 'b'], roles: ['gateway-admins'] });
    const lowered = await sign(nowSeconds - 30, { groups: ['b', 'd'] });
    const administers = async (token: string): Promise<number> =>
      (await new Client(urlOf(1), token).get('/user/list')).status;
    expect((await new Client(urlOf(0), raised).chat()).status).toBe(200);
    expect(await rowOf('synced')).toMatchObject({ user_role: 'proxy_admin', teams: ['a', 'b'] });
    expect(await administers(raised)).toBe(200);
    expect(await administers(lowered)).toBe(403);
    expect((await new Client(urlOf(1), lowered).chat()).status).toBe(200);
    expect(await rowOf('synced')).toMatchObject({ user_role: null, teams: ['b', 'd'] });
    // The older token still says for itself what its issuer signed, and brings nothing back for others.
    expect(await administers(raised)).toBe(200);
    expect((await new Client(urlOf(0), raised).chat()).status).toBe(200);
    expect(await rowOf('synced')).toMatchObject({ user_role: null, teams: ['b', 'd'] });
    expect(await administers(lowered)).toBe(403);
  });
});
