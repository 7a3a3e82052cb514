import { VendorHarness } from '#support/vendor-harness';

jest.setTimeout(120_000);

const ISSUERS = (jwksUrl: string): string => `
    - { preset: keycloak, url: "https://sso.acme.example", realm: staff, audience: gatehouse, jwks_url: ${jwksUrl} }
    - { preset: entra, tenant: 8f0c8f0c-0000-4000-8000-000000000001, audience: gatehouse, jwks_url: ${jwksUrl} }
    - { issuer: "https://plain.example", jwks_url: ${jwksUrl}, audience: gatehouse, claims: { user_id: sub } }
    - { issuer: "https://mail.example", jwks_url: ${jwksUrl}, audience: gatehouse, claims: { user_id: "", user_email: email } }
    - { issuer: "https://jobs.example", jwks_url: ${jwksUrl}, audience: gatehouse, principal: "job:{sub}" }`;

const ROLES = {
  user_allowed_roles: `
    enforce_rbac: true
    user_roles_jwt_field: duties
    user_allowed_roles: [writer]`,
  role_mappings: `
    enforce_rbac: true
    roles_jwt_field: duties
    role_mappings: [{ role: writer, internal_role: internal_user }]`,
} as const;

const CALLERS: readonly (readonly [string, Record<string, unknown>])[] = [
  ['a mapped subject', { iss: 'https://plain.example', sub: 'ann' }],
  ['an email as id', { iss: 'https://mail.example', sub: 'ben', email: 'ben@acme.example' }],
  ['an id made by a template', { iss: 'https://jobs.example', sub: 'nightly' }],
];

describe.each(Object.entries(ROLES))('with enforce_rbac and %s', (_setting, jwtauth) => {
  let harness: VendorHarness;

  beforeAll(async () => {
    harness = await VendorHarness.start(ISSUERS, { jwtauth });
  });

  afterAll(async () => {
    await harness.stop();
  });

  it.each(CALLERS)('%s alone gives no role', async (_name, caller) => {
    const claims = { aud: 'gatehouse', ...caller };
    expect(await harness.result(claims)).toBe('403 role_missing');
    expect(await harness.result({ ...claims, duties: ['reader'] })).toBe('403 role_missing');
    expect(await harness.result({ ...claims, duties: ['writer'] })).toBe('200');
  });

  it.each([
    ['Keycloak', { iss: 'https://sso.acme.example/realms/staff', typ: 'Bearer' }],
    [
      'Entra ID',
      {
        iss: 'https://login.microsoftonline.com/8f0c8f0c-0000-4000-8000-000000000001/v2.0',
        oid: 'b1f2',
        azp: 'chat',
      },
    ],
  ])('a user id that the preset of %s maps gives no role', async (_vendor, caller) => {
    const claims = { aud: 'gatehouse', sub: 'eve', ...caller };
    expect(await harness.result(claims)).toBe('403 role_missing');
  });
});
