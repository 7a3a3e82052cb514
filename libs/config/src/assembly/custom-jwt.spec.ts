import { refusalOf, warningsOf } from '#support/config-outcome';
import { settingsFromYaml } from '../load-settings.js';
import type { JwtSettings } from '../model/jwt-settings.js';

const form = (lines: string, more = ''): string => `
general_settings:
  custom_auth: custom_jwt_auth.jwt_auth
  ${more}
  jwt_settings: { ${lines} }`;
const WHOLE = 'issuer: https://i.example, public_key_url: https://i.example/jwks, audience: a';
const jwtOf = (lines: string, more = ''): JwtSettings => settingsFromYaml(form(lines, more)).jwt;
const audienceOf = (lines: string) =>
  jwtOf(`issuer: i, public_key_url: https://i.example/jwks, ${lines}`).issuers[0]?.audience;

describe('custom_auth with jwt_settings', () => {
  it('makes one issuer with the claims, roles and lifetimes of the custom-JWT guide', () => {
    expect(jwtOf(WHOLE)).toMatchObject({
      enabled: true,
      publicKeyTtlSeconds: 3600,
      clockToleranceSeconds: 0,
      adminAllowedRoutes: ['*'],
      userIdUpsert: true,
      teams: { teamIdUpsert: true },
    });
    expect(jwtOf(WHOLE).issuers).toMatchObject([
      {
        configPath: 'general_settings.jwt_settings',
        issuer: 'https://i.example',
        isGlobal: false,
        keyUrls: ['https://i.example/jwks'],
        audience: { values: ['a'], patterns: [], domains: [] },
        algorithms: ['RS256'],
        requiredClaims: ['sub'],
        claims: {
          userId: { paths: ['sub'] },
          userEmail: { paths: ['email'] },
          teamId: { paths: ['team'] },
          isTeamOptional: true,
          isTeamSoft: false,
          userRole: {
            paths: ['role'],
            lower: true,
            map: { admin: 'proxy_admin', viewer: 'internal_user_viewer', customer: 'customer' },
          },
        },
      },
    ]);
  });

  it('reads names of claims as names: a dot belongs to them', () => {
    const [issuer] = jwtOf(
      `${WHOLE}, user_claim_mappings: { user_id: employee_id, user_role: https://a.b/role }`,
    ).issuers;
    expect(issuer?.claims.userId?.paths).toEqual(['employee_id']);
    expect(issuer?.claims.userRole?.paths).toEqual([String.raw`https://a\.b/role`]);
  });

  it.each(['RS256', 'RS384', 'RS512', 'ES256'])('takes the algorithm %s', (algorithm) => {
    expect(jwtOf(`${WHOLE}, algorithm: ${algorithm}`).issuers[0]?.algorithms).toEqual([algorithm]);
  });

  it.each([
    ['audience: [a, b]', { values: ['a', 'b'], patterns: [], domains: [] }],
    [
      'audience_validation: { mode: multiple, audiences: [a, b], require_exact_match: false }',
      { values: ['a', 'b'], patterns: [], domains: [] },
    ],
    [
      'audience_validation: { mode: domain_patterns, domain_patterns: ["https://*.a.b"] }',
      { values: [], patterns: ['https://*.a.b'], domains: [] },
    ],
    [
      'audience: x, audience_validation: { mode: flexible, audiences: [y], domain_patterns: ["p*"], allowed_domains: [A.com] }',
      { values: ['x', 'y'], patterns: ['p*'], domains: ['a.com'] },
    ],
  ])('takes audiences in each of the modes: %s', (lines, expected) => {
    expect(audienceOf(lines)).toEqual(expected);
  });

  it.each([
    ['public_key_url: https://i/jwks, audience: a', 'jwt_settings.issuer is missing'],
    ['issuer: i, audience: a', 'jwt_settings.public_key_url is missing'],
    ['issuer: i, public_key_url: https://i/jwks', 'jwt_settings.audience is missing'],
    [`${WHOLE}, audience_validation: { mode: fuzzy }`, 'audience_validation.mode is none'],
    [
      'issuer: i, public_key_url: https://i/j, audience_validation: { mode: multiple }',
      'audience is missing',
    ],
    [
      `${WHOLE}, audience_validation: { mode: domain_patterns, domain_patterns: ["https://.*x"] }`,
      'domain_patterns[0] is a regular expression',
    ],
    [`${WHOLE}, algorithm: HS256`, 'every holder of the public key sign'],
    [`${WHOLE}, algorithm: none`, 'every holder of the public key sign'],
    [`${WHOLE}, leeway: 301`, 'jwt_settings.leeway must be'],
    [`${WHOLE}, leway: 3`, 'Did you mean "leeway"?'],
    ['issuer: i, public_key_url: http://i.example/j, audience: a', 'plain http'],
    [`${WHOLE}, user_claim_mappings: { user: x }`, 'user_claim_mappings.user is not a key'],
  ])('is refused where it is wrong: %s', (lines, message) => {
    expect(refusalOf(form(lines))).toContain(message);
  });

  it('is refused without jwt_settings, in the words that its guide has for it', () => {
    const text = 'general_settings: { custom_auth: custom_jwt_auth.jwt_auth }';
    expect(refusalOf(text)).toContain('JWT settings not configured');
  });

  it('is refused without custom_auth, beside litellm_jwtauth, and for any other function', () => {
    expect(refusalOf(`general_settings: { jwt_settings: { ${WHOLE} } }`)).toContain(
      'jwt_settings stands without custom_auth',
    );
    expect(refusalOf(form(WHOLE, 'litellm_jwtauth: {}'))).toContain('stands beside jwt_settings');
    const other = refusalOf('general_settings: { custom_auth: my_auth.check, jwt_settings: {} }');
    expect(other).toContain('custom_auth names a Python function');
  });

  it('can be switched off', () => {
    const text = form(WHOLE, 'custom_auth_settings: { mode: off }');
    expect(settingsFromYaml(text).jwt).toMatchObject({ enabled: false, issuers: [] });
    expect(warningsOf(text).join('\n')).toContain('jwt_settings has no effect');
  });

  it('decides alone unless enable_jwt_auth asks for the variables too', () => {
    const env = { JWT_PUBLIC_KEY_URL: 'https://idp.example/jwks' };
    const issuers = (more: string): readonly string[] =>
      settingsFromYaml(form(WHOLE, more), env).jwt.issuers.map(({ configPath }) => configPath);
    expect(issuers('')).toEqual(['general_settings.jwt_settings']);
    expect(issuers('enable_jwt_auth: true')).toEqual([
      'general_settings.jwt_settings',
      'JWT_PUBLIC_KEY_URL',
    ]);
  });

  it('warns of audience keys that its mode does not read, and of patterns that accept all', () => {
    const warnings = warningsOf(
      form(
        `${WHOLE}, audience_validation: { audiences: [b], domain_patterns: [c], allowed_domains: [d] }`,
      ),
    ).join('\n');
    expect(warnings).toMatch(
      /audiences has no effect[^]*domain_patterns has[^]*allowed_domains has/,
    );
    expect(
      warningsOf(
        form(`${WHOLE}, audience_validation: { mode: flexible, domain_patterns: ["*"] }`),
      ).join('\n'),
    ).toContain('accepts every audience');
  });
});
