import type { IssuerSettings } from '#libs/config';
import { anIssuer } from '#support/jwt-settings';
import { issuerDifference, issuerProblem } from './issuer-difference.js';

const KEYCLOAK = 'https://sso.acme.example/realms/staff';
const anEntry = (issuer: string, index = 0): IssuerSettings =>
  anIssuer({ issuer, isGlobal: false, configPath: `gatehouse.issuers[${String(index)}]` });
const GLOBAL = anIssuer({ issuer: KEYCLOAK, isGlobal: true });

describe('the parts in which two issuers differ', () => {
  it.each<[string, string, readonly string[] | null]>([
    [KEYCLOAK, KEYCLOAK, []],
    [KEYCLOAK, 'http://sso.acme.example/realms/staff', ['scheme']],
    [KEYCLOAK, 'http://keycloak:8080/realms/staff', ['scheme', 'host', 'port']],
    [KEYCLOAK, 'https://sso.acme.example:443/realms/staff', ['port']],
    [KEYCLOAK, 'https://sso.acme.example:8443/realms/staff', ['port']],
    [KEYCLOAK, 'https://id.acme.example/realms/staff', ['host']],
    [KEYCLOAK, 'https://sso.acme.example/realms/guests', ['path']],
    [KEYCLOAK, 'https://sso.acme.example/auth/realms/staff', ['path']],
    [KEYCLOAK, `${KEYCLOAK}/`, ['slash']],
    [`${KEYCLOAK}/`, KEYCLOAK, ['slash']],
    [KEYCLOAK, 'https://sso.acme.example/realms/Staff', ['letter case']],
    [KEYCLOAK, 'HTTPS://SSO.acme.example/realms/staff', ['letter case']],
    [KEYCLOAK, `${KEYCLOAK}?version=1`, ['query']],
    ['https://[::1]:8080/a', 'https://[::2]:8080/a', ['host']],
    ['https://accounts.google.com', 'accounts.google.com', ['scheme']],
    ['acme.eu.auth0.com', 'https://acme.eu.auth0.com/', ['scheme', 'slash']],
    ['https://accounts.google.com', 'another name', null],
    ['a name', 'another name', null],
  ])('%s and %s', (configured, stated, parts) => {
    expect(issuerDifference(configured, stated)).toEqual(parts);
  });
});

describe('an issuer that no entry is for', () => {
  it.each<[string, string, string]>([
    ['http://sso.acme.example/realms/staff', 'scheme', '`hostname`'],
    ['http://keycloak:8080/realms/staff', 'scheme, host and port', '`proxy-headers`'],
    [`${KEYCLOAK}/`, 'slash at the end, which only the token has', 'letter for letter'],
    ['https://sso.acme.example/realms/guests', 'path', 'realm or tenant'],
  ])('%s: the decision names the part', (iss, parts, remedy) => {
    const problem = issuerProblem(iss, [GLOBAL], 'JWT_ISSUER');
    expect(problem.problem).toBe(
      `the issuer of the token differs from the configured one in its ${parts}`,
    );
    expect(problem.configKey).toBe('JWT_ISSUER');
    expect(problem.remedy).toContain(remedy);
    expect(JSON.stringify(problem)).not.toMatch(/guests|8080|acme/);
  });

  it('is compared with the nearest entry, and with none where several are equally near', () => {
    const entries = [anEntry('https://other.example'), anEntry(KEYCLOAK, 1)];
    expect(issuerProblem(`${KEYCLOAK}/`, entries, null).configKey).toBe(
      'gatehouse.issuers[1].issuer',
    );
    const realms = [anEntry(`${KEYCLOAK}-a`), anEntry(`${KEYCLOAK}-b`, 1)];
    expect(issuerProblem(KEYCLOAK, realms, null)).toMatchObject({
      problem: 'the issuer of the token differs from several configured ones in its path',
      configKey: null,
    });
  });

  it.each(['https://evil.example/realms/other', 'https://evil.example', 'a name', '\0'])(
    '%j is a stranger, of which nothing is said',
    (iss) => {
      const entries = [anEntry(KEYCLOAK), anEntry('https://other.example', 1)];
      expect(issuerProblem(iss, entries, null)).toEqual({
        problem: 'no configured issuer is the issuer of the token',
        configKey: null,
        remedy: null,
      });
    },
  );

  it.each<[unknown, string]>([
    [undefined, 'the token has no issuer'],
    [null, 'the token has no issuer'],
    ['', 'the token has no issuer'],
    [[KEYCLOAK], 'the issuer of the token is not a string'],
    [{}, 'the issuer of the token is not a string'],
  ])('%j is said to be missing or of another shape', (iss, problem) => {
    expect(issuerProblem(iss, [GLOBAL], null)).toMatchObject({ problem });
  });

  it('a token without issuer is measured against the trust domain where one is configured', () => {
    const entry = anIssuer({ issuer: 'spiffe://acme.example', preset: 'spiffe' });
    expect(issuerProblem(undefined, [entry], null).problem).toContain('trust domain');
  });

  it.each([
    ['https://sts.windows.net/t/', 'https://login.microsoftonline.com/t/v2.0', '1.0', '2'],
    ['https://login.microsoftonline.com/t/v2.0', 'https://sts.windows.net/t/', '2.0', '1'],
  ])('%s with %s is another version of Entra ID', (iss, configured, version, wanted) => {
    const problem = issuerProblem(iss, [anEntry(configured)], null);
    expect(problem.problem).toContain(`version ${version} of Entra ID`);
    expect(problem.remedy).toContain(
      `requestedAccessTokenVersion\` of the application to ${wanted}`,
    );
    expect(issuerProblem(iss, [anEntry(configured.replace('/t/', '/u/'))], null).remedy).toBeNull();
  });
});
