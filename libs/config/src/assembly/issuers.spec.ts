import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { settingsFromYaml } from '../load-settings.js';
import type { IssuerSettings, JwtSettings } from '../model/jwt-settings.js';

const HEAD =
  'general_settings: { enable_jwt_auth: true, litellm_jwtauth: { user_id_jwt_field: login, team_id_jwt_field: squad } }';

const jwt = (file: string, env: Record<string, string> = {}): JwtSettings =>
  settingsFromYaml(file, env).jwt;

/** The entries that one line below `gatehouse.issuers` makes. */
const entries = (line: string, head = HEAD): readonly IssuerSettings[] =>
  jwt(`${head}\ngatehouse: { issuers: [ ${line} ] }`).issuers;

const entry = (line: string): IssuerSettings => {
  const [first] = entries(line);
  if (first === undefined) throw new Error('there is no entry');
  return first;
};

const refusal = (line: string): string => {
  try {
    entries(line);
  } catch (error) {
    return String(error);
  }
  throw new Error('accepted');
};

const warnings = (line: string): string[] =>
  settingsFromYaml(`${HEAD}\ngatehouse: { issuers: [ ${line} ] }`).warnings.map(
    ({ path, message }) => `${path} ${message}`,
  );

describe('the trusted issuers', () => {
  it('stand in the order gatehouse.issuers, litellm_jwtauth.issuers, JWT_PUBLIC_KEY_URL', () => {
    const { issuers } = jwt(
      `general_settings:
  enable_jwt_auth: true
  litellm_jwtauth:
    user_id_jwt_field: sub
    issuers:
      - { issuer: https://b.example/, disable_audience_validation: true, user_id_jwt_field: email, team_ids_jwt_field: groups }
      - { issuer: https://c.example, jwks_url: https://c.example/jwks, audience: [x, y] }
gatehouse:
  issuers:
    - { issuer: https://a.example, audience: x }`,
      { JWT_PUBLIC_KEY_URL: 'https://d.example/jwks' },
    );
    expect(
      issuers.map(({ issuer, configPath, isGlobal }) => [issuer, configPath, isGlobal]),
    ).toEqual([
      ['https://a.example', 'gatehouse.issuers[0]', false],
      ['https://b.example/', 'general_settings.litellm_jwtauth.issuers[0]', false],
      ['https://c.example', 'general_settings.litellm_jwtauth.issuers[1]', false],
      [null, 'JWT_PUBLIC_KEY_URL', true],
    ]);
    expect(issuers.map(({ keyUrls }) => keyUrls)).toEqual([
      ['https://a.example/.well-known/openid-configuration'],
      ['https://b.example/.well-known/openid-configuration'],
      ['https://c.example/jwks'],
      ['https://d.example/jwks'],
    ]);
    expect(issuers.map(({ audience }) => audience?.values ?? null)).toEqual([
      ['x'],
      null,
      ['x', 'y'],
      null,
    ]);
    expect(issuers[1]?.claims).toMatchObject({
      userId: { paths: ['email'] },
      teamIds: { paths: ['groups'] },
    });
    expect(issuers[2]?.claims.userId).toMatchObject({ paths: ['sub'] });
  });

  it.each([
    ['{ audience: x }', 'issuer is missing'],
    ['{ issuer: https://a.example }', 'audience is missing'],
    ['{ issuer: https://a.example, disable_audience_validation: false }', 'audience is missing'],
    ['{ issuer: https://a.example, audience: x, disable_audience_validation: true }', 'Keep one'],
    ['{ issuer: https://a.example, audience: [] }', 'audience is empty'],
    ['{ issuer: a, audience: x }', 'jwks_url is missing'],
    ['{ issuer: http://a.example, audience: x }', 'plain http'],
    ['{ issuer: https://a.example, audience: x, jwks_url: ftp://x }', 'jwks_url'],
    [
      '{ issuer: https://a.example, audience: x, algorithms: HS256 }',
      'every holder of the public key',
    ],
    ['{ issuer: https://a.example, audience: x, algorithm: RS256 }', 'algorithms'],
    ['{ issuer: https://a.example, audience: x, claims: { user: sub } }', 'user_id'],
    ['{ issuer: https://a.example, audience: x, bound_claims: { a: [] } }', 'bound_claims.a'],
    [
      '{ issuer: https://a.example, audience: x, bound_claims: { __proto__: b } }',
      'no claim may have',
    ],
    ['{ issuer: https://a.example, audience: x, principal: repo }', 'no claim path in braces'],
    ["{ issuer: https://a.example, audience: x, principal: '{a}{b}' }", 'two claims without text'],
    ["{ issuer: https://a.example, audience: x, principal: 'u:{a' }", 'brace'],
    ["{ issuer: https://a.example, audience: x, principal: 'u:{a..b}' }", 'empty name'],
  ])('refuse %s', (line, message) => {
    expect(refusal(line)).toContain(message);
  });

  it('warn about an audience that is not checked, and an entry that is never used', () => {
    expect(
      warnings(
        '{ issuer: https://a.example, disable_audience_validation: true }, { issuer: https://a.example, audience: x }',
      ),
    ).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/issuers\[0\]\.disable_audience_validation is on/),
        expect.stringMatching(/issuers\[1\] names an issuer that an earlier entry names/),
      ]),
    );
  });

  it('read their own claims over the global ones; empty text is none', () => {
    const own = entry(
      `{ issuer: https://a.example, audience: x, claims: { user_id: [oid, sub], team_id: '', roles: { path: r, split: ',' } } }`,
    );
    expect(own.claims).toMatchObject({
      userId: { paths: ['oid', 'sub'] },
      teamId: null,
      isTeamSoft: false,
      roles: { paths: ['r'], split: ',' },
    });
    const inherited = entry('{ issuer: https://a.example, audience: x }');
    expect(inherited.claims).toMatchObject({
      userId: { paths: ['login'] },
      teamId: { paths: ['squad'] },
    });
  });
});

describe('public keys in PEM form', () => {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = (of = key) => of.publicKey.export({ format: 'pem', type: 'spki' });
  const line = (...keys: string[]) =>
    `{ issuer: urn:acme, audience: x, public_keys: ${JSON.stringify(keys)} }`;

  it('stand in place of addresses, several in one text', () => {
    const { publicKeys, keyUrls } = entry(line(`${pem()}\n${pem()}`));
    expect(keyUrls).toEqual([]);
    expect(publicKeys.map((text) => createPublicKey(text).asymmetricKeyType)).toEqual(['ec', 'ec']);
  });

  it('are refused where they are not public keys that verify tokens', () => {
    const secret = key.privateKey.export({ format: 'pem', type: 'pkcs8' });
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const curve = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    expect(refusal(line(secret))).toContain('private key');
    expect(refusal(line(secret))).not.toContain('MIG');
    expect(refusal(line(weak.publicKey.export({ format: 'pem', type: 'spki' })))).toContain(
      'too short',
    );
    expect(refusal(line(pem(curve)))).toContain('curve');
    expect(refusal(line('none.pem'))).toContain('neither PEM text nor a file');
    expect(refusal(line('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'))).toContain(
      'not a readable public key',
    );
    expect(refusal(line(pem(), pem(), pem(), pem(), pem()))).toContain('at most 4');
  });
});

describe('presets', () => {
  it.each([
    ['keycloak, url: https://sso.example, audience: x', 'realm is missing'],
    ['entra, audience: x', 'tenant is missing'],
    ['okta, audience: x', 'domain is missing'],
    ['auth0, domain: a.auth0.com', 'audience is missing'],
    ['github-actions, owners: me', 'sign for everybody'],
    ['github-actions, audience: x', 'every project of that service'],
    ['github-actions, owners: me, disable_audience_validation: true', 'sign for everybody'],
    ['gitlab, audience: x', 'every project of that service'],
    ['kubernetes, audience: x', 'kubectl'],
    ['spiffe, audience: x', 'trust_domain is missing'],
    ['spiffe, trust_domain: a.example, audience: x', 'jwks_url is missing'],
    ['okta, domain: a.okta.com, realm: x, audience: x', 'parameter of another preset'],
    ['oktaa, domain: a.okta.com, audience: x', 'okta'],
  ])('refuse what would not do: %s', (line, message) => {
    expect(refusal(`{ preset: ${line} }`)).toContain(message);
  });

  it('belong to their own parameters alone', () => {
    expect(refusal('{ issuer: https://a.example, audience: x, owners: me }')).toContain(
      'parameter of another preset',
    );
  });

  it.each([
    [
      'keycloak, url: https://sso.example/, realm: r',
      ['https://sso.example/realms/r'],
      ['https://sso.example/realms/r/protocol/openid-connect/certs'],
    ],
    [
      'entra, tenant: t',
      ['https://login.microsoftonline.com/t/v2.0', 'https://sts.windows.net/t/'],
      [
        'https://login.microsoftonline.com/t/discovery/v2.0/keys',
        'https://login.microsoftonline.com/t/discovery/keys',
      ],
    ],
    [
      'okta, domain: a.okta.com',
      ['https://a.okta.com/oauth2/default'],
      ['https://a.okta.com/oauth2/default/v1/keys'],
    ],
    [
      'auth0, domain: a.auth0.com',
      ['https://a.auth0.com/'],
      ['https://a.auth0.com/.well-known/jwks.json'],
    ],
    ['google', ['https://accounts.google.com'], ['https://www.googleapis.com/oauth2/v3/certs']],
    [
      'github-actions, owners: me',
      ['https://token.actions.githubusercontent.com'],
      ['https://token.actions.githubusercontent.com/.well-known/jwks'],
    ],
    [
      'gitlab, url: https://git.example',
      ['https://git.example'],
      ['https://git.example/oauth/discovery/keys'],
    ],
    [
      'kubernetes, issuer: https://k8s.example',
      ['https://k8s.example'],
      ['https://k8s.example/.well-known/openid-configuration'],
    ],
    [
      'spiffe, trust_domain: a.example, jwks_url: https://spire.example/keys',
      ['spiffe://a.example'],
      ['https://spire.example/keys'],
    ],
  ])('fill in issuer and keys: %s', (line, issuers, keyUrls) => {
    const made = entries(`{ preset: ${line}, audience: x }`);
    expect(made.map(({ issuer }) => issuer)).toEqual(issuers);
    expect(made.flatMap((one) => one.keyUrls)).toEqual(keyUrls);
  });

  it('trust no key of the vendor for an issuer that the entry names itself', () => {
    const { keyUrls } = entry(
      '{ preset: github-actions, issuer: https://ghe.example/_services/token, owners: me, audience: x }',
    );
    expect(keyUrls).toEqual([
      'https://ghe.example/_services/token/.well-known/openid-configuration',
    ]);
  });

  it('give way to what the entry says', () => {
    const own = entry(
      "{ preset: github-actions, owners: me, audience: x, principal: 'gh:{repository_id}', bound_claims: { ref: refs/heads/main } }",
    );
    expect(own.principalTemplate).toBe('gh:{repository_id}');
    expect(own.boundClaims).toEqual([
      { path: 'repository_owner', values: ['me'] },
      { path: 'ref', values: ['refs/heads/main'] },
    ]);
    const named = entry(
      '{ preset: gitlab, namespaces: me, audience: x, claims: { user_id: project_path } }',
    );
    expect(named.principalTemplate).toBeNull();
    expect(named.claims.userId).toMatchObject({ paths: ['project_path'] });
  });

  it('of Google say so where everybody gets in', () => {
    expect(warnings('{ preset: google, audience: x }').join()).toContain('every Google account');
  });
});
