import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startFromFile } from '#support/file-gateway';
import { MASTER_KEY, type TestGateway } from '#support/gateway';
import { KeycloakRealm } from '#support/keycloak';

/** OIDC Back-Channel Logout: Keycloak itself calls the gateway. */
describe('a logout at Keycloak', () => {
  let realm: KeycloakRealm;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    realm = await KeycloakRealm.fresh();
    upstream = await startFakeUpstream();
    const text = `
model_list:
  - model_name: test-model
    litellm_params: { model: openai/test-model, api_base: ${upstream.url}/v1, api_key: secret }
general_settings:
  master_key: ${MASTER_KEY}
  enable_jwt_auth: true
  litellm_jwtauth: { user_id_jwt_field: sub, user_id_upsert: true }
`;
    gateway = await startFromFile(text, realm.environment());
    const attributes = {
      'backchannel.logout.url': `${gateway.url}/auth/backchannel-logout`,
      'backchannel.logout.session.required': 'true',
    };
    const client = { publicClient: true, directAccessGrantsEnabled: true, attributes };
    await realm.client({ clientId: 'with-logout', ...client });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });

  const outcome = async (token: string): Promise<string> => {
    const { status, json } = await new Client(gateway.url, token).chat();
    return status === 200 ? '200' : `${String(status)} ${json.error.reason}`;
  };
  const refused = (token: string) =>
    eventually(async () => {
      expect(await outcome(token)).toBe('401 token_revoked');
    }, 20_000);

  it('by the application refuses the tokens of that session alone', async () => {
    const ended = await realm.alice('with-logout');
    const other = await realm.alice('with-logout');
    expect(await outcome(ended.access_token)).toBe('200');
    const body = new URLSearchParams({
      client_id: 'with-logout',
      refresh_token: ended.refresh_token,
    });
    expect((await fetch(realm.endpoint('logout'), { method: 'POST', body })).status).toBe(204);
    await refused(ended.access_token);
    expect(await outcome(other.access_token)).toBe('200');
  });

  it('by an administrator refuses every session, and logging in again works', async () => {
    const first = await realm.alice('with-logout');
    const second = await realm.alice('with-logout');
    expect(await outcome(first.access_token)).toBe('200');
    const [user] = await realm.admin<{ id: string }[]>('GET', '/users?username=alice');
    await realm.admin('POST', `/users/${String(user?.id)}/logout`);
    await refused(first.access_token);
    await refused(second.access_token);
    await eventually(async () => {
      expect(await outcome((await realm.alice('with-logout')).access_token)).toBe('200');
    }, 20_000);
  });

  it('of a client without the address is not noticed until the token expires', async () => {
    const { access_token: token, refresh_token: refreshToken } = await realm.alice();
    const body = new URLSearchParams({ client_id: 'gatehouse-cli', refresh_token: refreshToken });
    expect((await fetch(realm.endpoint('logout'), { method: 'POST', body })).status).toBe(204);
    expect(await outcome(token)).toBe('200');
  });
});
