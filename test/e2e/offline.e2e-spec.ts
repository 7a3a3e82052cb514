import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runGatehouse, temporaryDirectory, type ProcessEnd } from '#support/gateway-process';
import { TestIssuer } from '#support/issuer';

const CONFIG = `
model_list:
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_key: secret }
general_settings:
  enable_jwt_auth: true
  litellm_jwtauth: { team_id_jwt_field: team, user_id_jwt_field: sub }
`;
const ROWS = `
teams: [{ team_id: research }, { team_id: closed, blocked: true }]
users: [{ user_id: alice }]
`;
const START_MS = 180_000;

describe('the program, without a gateway and without a database', () => {
  let issuer: TestIssuer;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

  const file = (name: string, text: string): string => {
    const path = join(directory.path, name);
    writeFileSync(path, text);
    return path;
  };
  const run = (...args: string[]): Promise<ProcessEnd> =>
    runGatehouse([...args, '--config', join(directory.path, 'config.yaml')], {
      JWT_PUBLIC_KEY_URL: issuer.jwksUrl,
      JWT_ISSUER: issuer.issuer,
      GATEHOUSE_DATA_DIR: join(directory.path, 'none'),
    });
  const claimsFile = (claims: object): string => {
    const exp = Math.floor(Date.now() / 1_000) + 600;
    return file(
      'claims.json',
      JSON.stringify({ iss: issuer.issuer, sub: 'alice', exp, ...claims }),
    );
  };

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    directory = await temporaryDirectory();
    file('config.yaml', CONFIG);
    file('rows.yaml', ROWS);
  });

  afterAll(async () => {
    await issuer.stop();
    directory.remove();
  });

  it(
    'explains a call that would be allowed, and says what it took to be there',
    async () => {
      const claims = claimsFile({ team: 'anything' });
      const end = await run('explain', '--claims', claims, '--model', 'gpt-4o');
      expect([end.code, end.stderr]).toEqual([0, '']);
      expect(end.stdout).toMatch(/^allowed\n/);
      expect(end.stdout).toContain('assumed to be there (no --rows): user alice, team anything');
      expect(issuer.fetches).toBe(0);
    },
    START_MS,
  );

  it(
    'explains a refusal with its remedy, from stated rows, as JSON',
    async () => {
      const claims = claimsFile({ team: 'closed' });
      const rows = join(directory.path, 'rows.yaml');
      const end = await run('explain', '--claims', claims, '--rows', rows, '--json');
      expect(end.code).toBe(1);
      expect(JSON.parse(end.stdout)).toMatchObject({
        allowed: false,
        reason: 'team_blocked',
        principal: { user_id: 'alice', team_id: 'closed' },
        remedy: 'unblock team closed (`POST /team/unblock`)',
        remaining_budgets: [],
        assumed: [],
      });
    },
    START_MS,
  );

  it(
    'verifies a token with the keys of its issuer and prints nothing of it',
    async () => {
      const token = await issuer.sign({ team: 'research', secret: 'a-secret-claim' });
      const path = file('token', `${token}\n`);
      const end = await run('explain', '--token', path, '--model', 'gpt-4o');
      expect(end.code).toBe(0);
      expect(end.stdout).toContain('the token is verified');
      expect(end.stdout).not.toContain('a-secret-claim');
      const forged = await run(
        'explain',
        '--token',
        file('token', `${token.slice(0, -8)}AAAAAAAA`),
      );
      expect([forged.code, forged.stdout.split('\n')[0]]).toEqual([
        1,
        'refused: 401 token_invalid',
      ]);
    },
    START_MS,
  );

  it(
    'never repeats a token that was written where its file is meant',
    async () => {
      const end = await run('explain', '--token', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.');
      expect(end.code).toBe(64);
      expect(end.stderr).toContain('--token -');
      expect(end.stderr + end.stdout).not.toContain('eyJ');
    },
    START_MS,
  );

  it(
    'checks expectations: 0 when all hold, 1 with the differences when not, 64 for a bad file',
    async () => {
      const cases = (reason: string): string => `
given: {${ROWS.trim().replace('\n', ', ')}}
defaults: { issuer: ${issuer.issuer}, claims: { sub: alice }, request: { model: gpt-4o } }
cases:
  - { name: research may, claims: { team: research }, expect: { status: 200, team: research } }
  - { name: no such model, claims: { team: research }, request: { model: nowhere }, expect: { status: 400, reason: model_unknown } }
  - { name: no such route, claims: { team: research }, request: { route: /v1/assistants }, expect: { status: 404 } }
  - { name: closed may not, claims: { team: closed }, expect: { status: 403, reason: ${reason} } }
`;
      const good = await run('check', '--expect', file('good.yaml', cases('team_blocked')));
      expect([good.code, good.stderr]).toEqual([0, '']);
      expect(good.stdout).toContain('4 of 4 expectations held');
      const wrong = await run('check', '--expect', file('wrong.yaml', cases('team_unknown')));
      expect(wrong.code).toBe(1);
      expect(wrong.stdout).toContain('FAILED  closed may not');
      expect(wrong.stdout).toContain('reason: expected "team_unknown", found "team_blocked"');
      const bad = await run('check', '--expect', file('bad.yaml', cases('no_such_reason')));
      expect(bad.code).toBe(64);
      expect(bad.stderr).toContain('cases[3].expect.reason');
    },
    START_MS,
  );
});
