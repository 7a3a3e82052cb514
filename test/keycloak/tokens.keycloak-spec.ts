import { decodeJwt } from 'jose';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startFromFile } from '#support/file-gateway';
import { MASTER_KEY, type TestGateway } from '#support/gateway';
import { KeycloakRealm } from '#support/keycloak';

const PEOPLE = { publicClient: true, directAccessGrantsEnabled: true };
const LIGHT = { 'client.use.lightweight.access.token.enabled': 'true' };

/** Which tokens of a real Keycloak realm are access tokens, and whose. */
describe('a token of Keycloak', () => {
  let realm: KeycloakRealm;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    realm = await KeycloakRealm.fresh();
    upstream = await startFakeUpstream();
    // Keycloak answers only clients that the token's audience names.
    await realm.service('gatehouse');
    await realm.client({ clientId: 'light', ...PEOPLE, attributes: LIGHT });
    await realm.client({ clientId: 'light-unlisted', ...PEOPLE, attributes: LIGHT });
    const offline = { optionalClientScopes: ['offline_access'] };
    await realm.client({ clientId: 'offline', ...PEOPLE, ...offline });
    await realm.giveRole('alice', 'offline_access');
    const text = `
model_list:
  - model_name: test-model
    litellm_params: { model: openai/test-model, api_base: ${upstream.url}/v1, api_key: secret }
general_settings:
  master_key: ${MASTER_KEY}
  enable_jwt_auth: true
  enable_oauth2_auth: true
  litellm_jwtauth:
    user_id_jwt_field: preferred_username
    user_email_jwt_field: email
    user_id_upsert: true
    team_id_jwt_field: team
    team_id_upsert: true
    routing_overrides:
      - iss: ${realm.issuer}
        client_id: light
        path: oauth2
gatehouse:
  introspection:
    endpoint: ${realm.endpoint('token/introspect')}
    client_id: gatehouse
    client_secret: secret-of-gatehouse
    user_id_field: preferred_username
`;
    gateway = await startFromFile(text, realm.environment());
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });

  const outcome = async (token: string): Promise<string> => {
    const { status, json } = await new Client(gateway.url, token).chat();
    return status === 200 ? '200' : `${String(status)} ${json.error.reason}`;
  };
  const spentBy = async (userId: string): Promise<number> => {
    const { json } = await Client.admin(gateway.url).get(`/user/info?user_id=${userId}`);
    return json.user_info.spend;
  };

  it('from the authorization code flow with PKCE opens the model, its ID token does not', async () => {
    const tokens = await realm.login('gatehouse-web');
    expect(await outcome(tokens.access_token)).toBe('200');
    expect(await outcome(tokens.id_token)).toBe('401 token_invalid');
  });

  it('that renews access is refused as bearer: refresh and offline tokens', async () => {
    const online = await realm.alice();
    const offline = await realm.alice('offline', 'openid offline_access');
    expect(decodeJwt(online.refresh_token)['typ']).toBe('Refresh');
    expect(decodeJwt(offline.refresh_token)['typ']).toBe('Offline');
    for (const token of [online, offline]) {
      expect(await outcome(token.refresh_token)).toMatch(/^401 /);
      expect(await outcome(token.access_token)).toBe('200');
    }
  });

  it('that was renewed opens the model', async () => {
    const { refresh_token: refreshToken } = await realm.alice();
    const form = { grant_type: 'refresh_token', client_id: 'gatehouse-cli' };
    const renewed = await realm.grant({ ...form, refresh_token: refreshToken });
    expect(await outcome(renewed.access_token)).toBe('200');
  });

  it('that is lightweight has no subject and is refused', async () => {
    const { access_token: token } = await realm.alice('light-unlisted');
    expect(decodeJwt(token)).not.toHaveProperty('sub');
    expect(await outcome(token)).toBe('401 token_invalid');
  });

  it('that is lightweight is accepted through introspection, as the user whose it is', async () => {
    const before = await spentBy('alice').catch(() => 0);
    const { access_token: token } = await realm.alice('light');
    expect(decodeJwt(token)).not.toHaveProperty('sub');
    expect(await outcome(token)).toBe('200');
    expect(await spentBy('alice')).toBeGreaterThanOrEqual(before);
  });

  it('that was introspected is refused after its session has ended', async () => {
    const { access_token: token, refresh_token: refreshToken } = await realm.alice('light');
    const form = { client_id: 'light', refresh_token: refreshToken };
    const body = new URLSearchParams(form);
    expect((await fetch(realm.endpoint('logout'), { method: 'POST', body })).status).toBe(204);
    expect(await outcome(token)).toBe('401 token_invalid');
  });

  it('without the audience is refused', async () => {
    await realm.client({ clientId: 'elsewhere', ...PEOPLE, defaultClientScopes: [] });
    const { access_token: token } = await realm.alice('elsewhere');
    expect(await outcome(token)).toBe('401 token_invalid');
  });
});
