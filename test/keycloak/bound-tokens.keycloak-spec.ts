import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startFromFile } from '#support/file-gateway';
import { MASTER_KEY, type TestGateway } from '#support/gateway';
import { KeycloakRealm, type KeycloakTokens } from '#support/keycloak';

const { KEYCLOAK_HTTPS_URL: HTTPS_URL, KEYCLOAK_TLS: TLS } = process.env;
const DPOP = 'dpop.bound.access.tokens';
const MTLS = 'tls.client.certificate.bound.access.tokens';

/** The switches of docs/how-to/use-keycloak.md that bind a token to a key of its client. */
(TLS === undefined ? describe.skip : describe)('a token that Keycloak bound to a key', () => {
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
gatehouse:
  issuers:
    - { issuer: '${realm.issuer}', audience: gatehouse, jwks_url: '${realm.endpoint('certs')}' }
    - { issuer: '${httpsIssuer()}', audience: gatehouse, jwks_url: '${realm.endpoint('certs')}' }
`;
    gateway = await startFromFile(text);
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });

  const httpsIssuer = (): string => `${HTTPS_URL ?? ''}/realms/gatehouse`;
  const outcome = async (token: string): Promise<string> => {
    const { status, json } = await new Client(gateway.url, token).chat();
    return status === 200 ? '200' : `${String(status)} ${json.error.reason}`;
  };
  const formOf = (client: string): string =>
    new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: client,
      client_secret: `secret-of-${client}`,
    }).toString();

  /** With a proof of possession (RFC 9449 section 4.2), over http. */
  const withProof = async (client: string): Promise<string> => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const address = realm.endpoint('token');
    const proof = await new SignJWT({ htm: 'POST', htu: address, jti: randomUUID() })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: await exportJWK(publicKey) })
      .setIssuedAt()
      .sign(privateKey);
    const body = new URLSearchParams(formOf(client));
    const response = await fetch(address, { method: 'POST', headers: { dpop: proof }, body });
    return ((await response.json()) as KeycloakTokens).access_token;
  };

  /** Over https with a certificate of the client (RFC 8705 section 3). */
  const withCertificate = (client: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const file = (name: string): Buffer => readFileSync(join(TLS ?? '', name));
      const asked = request(
        `${httpsIssuer()}/protocol/openid-connect/token`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          ca: file('ca.pem'),
          cert: file('server.pem'),
          key: file('server.key'),
        },
        (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('end', () => {
            resolve((JSON.parse(text) as KeycloakTokens).access_token);
          });
        },
      );
      asked.on('error', reject).end(formOf(client));
    });

  const switches = async (client: string, attributes: Record<string, string>): Promise<void> => {
    await realm.service(client, { attributes });
  };

  it('by DPoP is refused, and accepted once the switch is off and no proof is sent', async () => {
    await switches('with-dpop', { [DPOP]: 'true' });
    const token = await withProof('with-dpop');
    expect(decodeJwt(token)['cnf']).toHaveProperty('jkt');
    expect(await outcome(token)).toBe('401 token_invalid');
    await switches('without-dpop', { [DPOP]: 'false' });
    const free = await realm.clientCredentials('without-dpop');
    expect(decodeJwt(free.access_token)).not.toHaveProperty('cnf');
    expect(await outcome(free.access_token)).toBe('200');
  });

  it('by DPoP at the client’s own wish, without the switch, is refused', async () => {
    await switches('of-its-own', {});
    const token = await withProof('of-its-own');
    expect(decodeJwt(token)['cnf']).toHaveProperty('jkt');
    expect(await outcome(token)).toBe('401 token_invalid');
  });

  it('by its client’s certificate is refused, and accepted once the switch is off', async () => {
    await switches('with-mtls', { [MTLS]: 'true' });
    const token = await withCertificate('with-mtls');
    expect(decodeJwt(token)['cnf']).toHaveProperty('x5t#S256');
    expect(await outcome(token)).toBe('401 token_invalid');
    await switches('without-mtls', { [MTLS]: 'false' });
    const free = await withCertificate('without-mtls');
    expect(decodeJwt(free)).toMatchObject({ iss: httpsIssuer() });
    expect(decodeJwt(free)).not.toHaveProperty('cnf');
    expect(await outcome(free)).toBe('200');
  });
});
