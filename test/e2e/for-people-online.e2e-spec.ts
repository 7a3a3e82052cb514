import { writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer as createTlsServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { aCertificate } from '#support/certificate';
import { runGatehouse, temporaryDirectory, type ProcessEnd } from '#support/gateway-process';
import { AUDIENCE, TestIssuer, type TestClaims } from '#support/issuer';
import { KeyServer } from '#support/key-server';
import { aSigningKey } from '#support/signing';

const START_MS = 180_000;
const DISCOVERY = '/.well-known/openid-configuration';
const KEY = aSigningKey('RS256');
const ENCRYPTION = { ...KEY.publicJwk, use: 'enc', alg: 'RSA-OAEP' };

/** An issuer entry of the configuration, whose keys are at an address. */
const entry = (issuer: string, url: string, more = ''): string =>
  `\n    - { issuer: '${issuer}', jwks_url: '${url}', audience: ${AUDIENCE}${more} }`;

describe('check --online', () => {
  let issuer: TestIssuer;
  let keys: KeyServer;
  let tls: Server;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

  const check = (
    parts: { jwtauth?: string; issuers?: string; jwt?: string },
    ...args: string[]
  ): Promise<ProcessEnd> => {
    const { jwtauth = 'user_id_jwt_field: sub', issuers = '', jwt = '' } = parts;
    const config = join(directory.path, 'config.yaml');
    writeFileSync(
      config,
      `model_list:
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_key: secret }
general_settings:
  enable_jwt_auth: true
  litellm_jwtauth: { ${jwtauth} }
gatehouse:
  jwt: { ${jwt} }
  issuers: ${issuers === '' ? '[]' : issuers}
`,
    );
    return runGatehouse(['check', '--config', config, ...args], {
      JWT_PUBLIC_KEY_URL: issuer.jwksUrl,
      JWT_ISSUER: issuer.issuer,
      JWT_AUDIENCE: AUDIENCE,
      GATEHOUSE_DATA_DIR: join(directory.path, 'none'),
    });
  };
  const tokenFile = (token: string): string => {
    const path = join(directory.path, 'token');
    writeFileSync(path, `${token}\n`);
    return path;
  };
  const checkToken = async (claims: TestClaims, jwtauth?: string): Promise<ProcessEnd> => {
    const file = tokenFile(await issuer.sign({ secret: 'a-secret-claim', ...claims }));
    return check(jwtauth === undefined ? {} : { jwtauth }, '--online', '--token', file);
  };
  /** Reason, detail and setting of everything that is listed for the sample token. */
  const lacks = ({ stdout }: ProcessEnd): readonly string[] =>
    [...(stdout.split('Sample token')[1] ?? '').matchAll(/^ {2}FAILED {2}(.*)$/gm)].map(
      ([, text = '']) => text,
    );

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    keys = await KeyServer.start(ENCRYPTION, KEY.publicJwk);
    tls = createTlsServer(aCertificate(), (_request, response) => response.end('{"keys":[]}'));
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
    directory = await temporaryDirectory();
  });

  afterAll(async () => {
    tls.close();
    await keys.stop();
    await issuer.stop();
    directory.remove();
  });

  describe('fetches the keys of every issuer', () => {
    const withKeys = (behaviour: RequestListener | null): void => {
      keys.behaviour = behaviour;
      keys.discovery = {};
    };

    afterEach(() => {
      withKeys(null);
    });

    it(
      'and says how many usable keys with which algorithms there are',
      async () => {
        const issuers = entry(keys.origin, keys.discoveryUrl, ', algorithms: [PS256, RS256]');
        const end = await check({ issuers }, '--online');
        expect([end.code, end.stderr]).toEqual([0, '']);
        expect(end.stdout).toContain(`gatehouse.issuers[0]: ${keys.discoveryUrl}: 1 usable key (`);
        expect(end.stdout).toContain(`JWT_PUBLIC_KEY_URL: ${issuer.jwksUrl}: 1 usable key (ES256)`);
        expect(end.stdout).toMatch(/Every issuer has usable keys\.\n$/);
        expect([keys.discoveryFetches, keys.keyFetches, issuer.fetches]).toEqual([1, 1, 1]);
      },
      START_MS,
    );

    it(
      'and notes an issuer that differs in the closing slash alone, without failing',
      async () => {
        keys.discovery = { issuer: `${keys.origin}/tenant/` };
        const end = await check(
          { issuers: entry(`${keys.origin}/tenant`, keys.discoveryUrl) },
          '--online',
        );
        expect(end.code).toBe(0);
        expect(end.stdout).toMatch(/note: its discovery document names the issuer .*closing slash/);
      },
      START_MS,
    );

    it(
      'and names what fails at each address, one beside the others',
      async () => {
        const closed = await KeyServer.start();
        await closed.stop();
        const other = await KeyServer.start();
        other.discovery = { issuer: `${other.origin}/realms/b` };
        withKeys((request, response) => {
          const path = request.url ?? '';
          if (path === '/missing') response.statusCode = 404;
          if (path === '/page') response.end('<!doctype html><title>Sign in</title>');
          else if (path === '/empty') response.end('{"keys":[]}');
          else if (path === '/encryption') response.end(JSON.stringify({ keys: [ENCRYPTION] }));
          else if (path === '/rsa') response.end(JSON.stringify({ keys: [KEY.publicJwk] }));
          else response.end('{}');
        });
        const { port } = tls.address() as AddressInfo;
        const cases: readonly (readonly [url: string, problem: string, more?: string])[] = [
          [closed.jwksUrl, 'it cannot be reached: the connection is refused'],
          ['https://keys.invalid/jwks', 'its host name cannot be resolved'],
          [`https://localhost:${String(port)}/jwks`, 'its TLS certificate is self-signed'],
          [`https://localhost:${new URL(keys.origin).port}/`, 'it does not speak TLS there'],
          [`${keys.origin}/missing`, 'it answered with status 404'],
          [`${keys.origin}/page`, 'its answer is not JSON'],
          [`${keys.origin}/other`, 'its answer is neither a key set nor a discovery document'],
          [`${keys.origin}/empty`, 'it has no key that can be used'],
          [`${keys.origin}/encryption`, 'they are for encryption'],
          [`${keys.origin}/rsa`, 'is for an algorithm of gatehouse', ', algorithms: [ES256]'],
          [`${other.origin}${DISCOVERY}`, '/realms/b, which has another path'],
        ];
        const issuers = cases
          .map(([url, , more], index) => {
            const { origin } = new URL(url);
            return entry(`${origin}/realms/a${String(index)}`, url, more);
          })
          .join('');
        const end = await check({ issuers }, '--online');
        await other.stop();
        expect(end.code).toBe(1);
        const lines = end.stdout.split('\n');
        for (const [index, [url, problem]] of cases.entries()) {
          const place = `FAILED  gatehouse.issuers[${String(index)}]: ${url}: `;
          const line = lines.find((one) => one.includes(place));
          expect([url, line]).toEqual([url, expect.stringContaining(problem)]);
        }
        expect(end.stdout).toContain('ok      JWT_PUBLIC_KEY_URL');
        expect(end.stdout).toContain('11 of 12 key addresses cannot be used.');
      },
      START_MS,
    );

    it(
      'but not without the flag, and not for a configuration that is refused',
      async () => {
        const before = [keys.fetches, issuer.fetches];
        const issuers = entry(keys.origin, keys.discoveryUrl);
        expect((await check({ issuers })).code).toBe(0);
        const refused = await check({ issuers, jwtauth: 'team_id_jwt_feld: x' }, '--online');
        expect(refused.code).toBe(78);
        expect(refused.stdout).not.toContain('Signing keys of the issuers');
        expect([keys.fetches, issuer.fetches]).toEqual(before);
      },
      START_MS,
    );
  });

  describe('lists what a sample token lacks', () => {
    it(
      'with nothing for one that is in order',
      async () => {
        const end = await checkToken({ team: 'research' }, 'team_id_jwt_field: team');
        expect([end.code, lacks(end)]).toEqual([0, []]);
        expect(end.stdout).toMatch(/caller: jwt, .*team_id research.*\n {2}models: gpt-4o\n/);
        expect(end.stdout).toMatch(/The sample token lacks nothing\.\n$/);
        const none = await checkToken({});
        expect([none.code, lacks(none)]).toEqual([0, []]);
        expect(none.stdout).toContain('note: the token leads to no team');
      },
      START_MS,
    );

    it(
      'with everything at once: audience, subject, expiry, email, role, scope and team, each with a remedy',
      async () => {
        const jwtauth =
          'team_id_jwt_field: team, user_id_jwt_field: sub, user_email_jwt_field: email, ' +
          'user_allowed_email_domain: acme.example, enforce_rbac: true, roles_jwt_field: roles, ' +
          'role_mappings: [{ role: staff, internal_role: internal_user }], ' +
          'enforce_scope_based_access: true, scope_mappings: [{ scope: chat, models: [gpt-4o] }]';
        const file = tokenFile(
          await issuer.sign({ aud: 'account', sub: null, exp: 1, secret: 'a-secret-claim' }),
        );
        const end = await check({ jwtauth }, '--online', '--token', file, '--model', 'gpt-4o');
        expect(end.code).toBe(1);
        expect(lacks(end).map((text) => text.split(':')[0])).toEqual([
          'token_invalid',
          'token_invalid',
          'token_expired',
          'email_domain_not_allowed',
          'role_missing',
          'scope_insufficient',
          'team_required',
        ]);
        expect(lacks(end)[0]).toContain('[gatehouse.jwt.require_sub]');
        expect(lacks(end)[1]).toContain('[JWT_AUDIENCE]');
        expect(lacks(end)[6]).toContain('team_id_jwt_field');
        expect(end.stdout.match(/^ {10}remedy: /gm)).toHaveLength(7);
        expect(end.stdout).not.toMatch(/a-secret-claim|eyJ/);
      },
      START_MS,
    );

    it(
      'with each demanded claim, and with the address of the user',
      async () => {
        const demands =
          ', required_claims: [sub, department, cost_centre], bound_claims: { sub: [alice], region: [eu], level: [high] }';
        const file = tokenFile(await issuer.sign({ region: 'us', email: 'a@acme.example' }));
        const end = await check(
          {
            issuers: entry(issuer.issuer, issuer.jwksUrl, demands),
            jwtauth: 'user_email_jwt_field: email, user_allowed_email_domain: other.example',
          },
          ...['--online', '--token', file],
        );
        expect([end.code, ...lacks(end).map((text) => text.split(' [')[0])]).toEqual([
          1,
          'token_invalid: the claim department is missing',
          'token_invalid: the claim cost_centre is missing',
          'token_invalid: the claim region holds none of the values that it must',
          'token_invalid: the claim level holds none of the values that it must',
          expect.stringMatching(/^email_domain_not_allowed: /),
        ]);
      },
      START_MS,
    );

    it(
      'and stops at what makes the other claims meaningless: signature, issuer and kind',
      async () => {
        const hidden = 'What comes after this cannot be checked until it is remedied.';
        const good = await issuer.sign({ aud: 'account' });
        const forged = tokenFile(`${good.slice(0, -8)}AAAAAAAA`);
        const ends = [
          await check({}, '--online', '--token', forged),
          await checkToken({ iss: 'https://elsewhere.example', aud: 'account' }),
          await checkToken({ typ: 'ID', aud: 'account' }),
        ];
        expect(ends.map((end) => [end.code, ...lacks(end)])).toEqual([
          [1, 'token_invalid: no published key verifies the signature'],
          [1, expect.stringMatching(/^(issuer_unknown|token_invalid): .*issuer/)],
          [1, 'token_invalid: the claim typ names another kind of token'],
        ]);
        for (const { stdout } of ends) expect(stdout).toContain(hidden);
      },
      START_MS,
    );
  });

  it(
    'asks the UserInfo endpoint, and fails where that cannot be used',
    async () => {
      const jwtauth = `oidc_userinfo_enabled: true, oidc_userinfo_endpoint: '${keys.origin}/me'`;
      const ends: (number | string | null)[] = [];
      for (const status of [401, 500]) {
        keys.behaviour = (_request, response) => response.writeHead(status).end();
        const { code, stdout } = await check({ jwtauth }, '--online');
        ends.push(code, stdout.split(`UserInfo: ${keys.origin}/me: `)[1]?.split('\n')[0] ?? '');
      }
      keys.behaviour = null;
      expect(ends).toEqual([
        0,
        expect.stringMatching(/^refuses a made-up token, as it must/),
        1,
        expect.stringContaining('status 500'),
      ]);
    },
    START_MS,
  );
});
