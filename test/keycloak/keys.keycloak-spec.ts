import { decodeProtectedHeader } from 'jose';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startFromFile } from '#support/file-gateway';
import { MASTER_KEY, type TestGateway } from '#support/gateway';
import { KeycloakRealm, type Representation } from '#support/keycloak';

const OUTAGE_MS = 10_000;

const ALGORITHMS: readonly (readonly [string, readonly [string, Representation]])[] = [
  ['RS256', ['rsa-generated', { algorithm: ['RS256'], keySize: ['2048'] }]],
  ['ES256', ['ecdsa-generated', { ecdsaEllipticCurveKey: ['P-256'] }]],
  ['PS256', ['rsa-generated', { algorithm: ['PS256'], keySize: ['2048'] }]],
  ['EdDSA', ['eddsa-generated', { eddsaEllipticCurveKey: ['Ed25519'] }]],
];

/** The keys of a real Keycloak realm through rotations and an outage. */
describe('the keys of Keycloak', () => {
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
  litellm_jwtauth:
    user_id_jwt_field: sub
    user_id_upsert: true
    public_key_ttl: 2
gatehouse:
  jwt:
    jwks: { cooldown_seconds: 1, timeout_ms: 1000 }
`;
    gateway = await startFromFile(text, realm.environment());
  });

  afterAll(async () => {
    await realm.thaw();
    await gateway.stop();
    await upstream.close();
  });

  const statusOf = async (token: string): Promise<number> =>
    (await new Client(gateway.url, token).chat()).status;
  const keySet = async (): Promise<Representation> => {
    const details = await Client.admin(gateway.url).get<{ key_sets: Representation[] }>(
      '/health/readiness/details',
    );
    return details.json.key_sets[0] ?? {};
  };

  it('are loaded without a warning about those for encryption', async () => {
    expect(await statusOf((await realm.alice()).access_token)).toBe(200);
    expect(await keySet()).toMatchObject({ refusedKeyCount: 0, problem: null });
  });

  it.each(ALGORITHMS)('are followed through a rotation to %s', async (algorithm, provider) => {
    const { access_token: before } = await realm.alice();
    await realm.rotate(algorithm, provider);
    const { access_token: after } = await realm.alice();
    const headers = [before, after].map((token) => decodeProtectedHeader(token));
    expect(headers[1]?.alg).toBe(algorithm);
    expect(headers[1]?.kid).not.toBe(headers[0]?.kid);
    await eventually(async () => {
      expect(await statusOf(after)).toBe(200);
    });
    expect(await statusOf(before)).toBe(200);
  });

  it('serve through ten seconds in which the server does not respond', async () => {
    const { access_token: token } = await realm.alice();
    expect(await statusOf(token)).toBe(200);
    realm.freeze();
    const end = performance.now() + OUTAGE_MS;
    let calls = 0;
    while (performance.now() < end) {
      expect(await statusOf(token)).toBe(200);
      calls += 1;
    }
    expect(calls).toBeGreaterThan(10);
    expect(await keySet()).toMatchObject({ problem: expect.any(String) });
    await realm.thaw();
    await eventually(async () => {
      expect(await statusOf((await realm.alice()).access_token)).toBe(200);
      expect(await keySet()).toMatchObject({ problem: null });
    }, 60_000);
  });
});
