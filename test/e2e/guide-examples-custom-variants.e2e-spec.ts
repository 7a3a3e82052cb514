import { inspect } from 'node:util';
import { JsonLogger } from '#gateway/logging/json-logger';
import { SettingsStore } from '#libs/config';
import { Client } from '#support/client';
import { CustomJwtProvider } from '#support/custom-jwt-provider';
import { eventually } from '#support/eventually';
import { runOnFile, startFromFile } from '#support/file-gateway';
import type { TestGateway } from '#support/gateway';
import { GUIDE_EXAMPLES } from '#support/guide-examples';
import { describeWithPostgres } from '#support/postgres';

jest.setTimeout(120_000);

const { C1, C2 } = GUIDE_EXAMPLES;
const MODELS = C1.slice(C1.indexOf('model_list:'));
const AUDIENCES = ['litellm-proxy', 'api-gateway', 'mobile-app'];

/** C1 with the claims of C3, the audiences of C4 and an algorithm of C5, each as the guide prints it. */
function variant(algorithm: string): string {
  return C1.replace('user_id: "sub"', 'user_id: "employee_id"')
    .replace('user_email: "email"', 'user_email: "work_email"')
    .replace('user_role: "role"', 'user_role: "access_level"')
    .replace('team_id: "team"', 'team_id: "department"')
    .replace('audience: "litellm-proxy"', `audience: ${JSON.stringify(AUDIENCES)}`)
    .replace('algorithm: "RS256"', `algorithm: "${algorithm}"`);
}

const chat = (gateway: TestGateway, token: string) =>
  new Client(gateway.url, token).chat('hello', { model: 'gpt-4' });

/** The variants of the custom-JWT guide's configuration (C2 to C5), its current syntax, and what it does without settings. */
describe('the custom-JWT guide', () => {
  it.each(['RS256', 'RS384', 'RS512', 'ES256'])(
    'C3, C4, C5: reads other claims, accepts several audiences, and %s alone',
    async (algorithm) => {
      const provider = await CustomJwtProvider.start(algorithm);
      const gateway = await provider.gateway(variant(algorithm));
      const claims = {
        employee_id: 'e-17',
        work_email: 'e17@example.com',
        access_level: 'viewer',
        department: 'sales',
      };
      for (const aud of [...AUDIENCES, ['account', 'mobile-app']]) {
        expect((await chat(gateway, provider.token({ ...claims, aud }))).status).toBe(200);
      }
      expect((await chat(gateway, provider.token({ ...claims, aud: 'other' }))).status).toBe(401);
      const token = provider.token(claims);
      const { json } = await Client.admin(gateway.url).post('/auth/explain', { token });
      expect(json).toMatchObject({
        principal: { user_id: 'e-17', team_id: 'sales', role: 'internal_user_viewer' },
      });
      const another = await CustomJwtProvider.start(algorithm === 'ES256' ? 'RS256' : 'ES256');
      provider.server.keys.push(another.key.publicJwk);
      expect((await chat(gateway, another.token(claims))).status).toBe(401);
      await gateway.stop();
      await another.stop();
      await provider.stop();
    },
  );

  it('C1: is the same in the form of today that `check` prints', async () => {
    const provider = await CustomJwtProvider.start();
    const { stdout } = await runOnFile('check', C1, { OPENAI_API_KEY: 'x' });
    const [, printed = ''] = /^Today’s form of .*\n((?: {2}.*\n)+)/m.exec(stdout) ?? [];
    const gateway = await provider.gateway(`${printed.replaceAll(/^ {2}/gm, '')}${MODELS}`);
    const token = provider.token({ role: 'Viewer' });
    expect((await chat(gateway, token)).status).toBe(200);
    const { json } = await Client.admin(gateway.url).post('/auth/explain', { token });
    expect(json).toMatchObject({
      principal: { user_id: 'user123', team_id: 'engineering', role: 'internal_user_viewer' },
    });
    expect((await chat(gateway, provider.token({}, { kid: undefined }))).status).toBe(401);
    expect((await chat(gateway, provider.token({ sub: undefined }))).status).toBe(401);
    await gateway.stop();
    await provider.stop();
  });

  it('C1: logs the steps of validation with set_verbose, and never a token', async () => {
    const lines: string[] = [];
    for (const method of ['record', 'debug', 'log', 'warn', 'error'] as const) {
      jest.spyOn(JsonLogger.prototype, method).mockImplementation((...line: unknown[]) => {
        lines.push(inspect(line, { depth: null, breakLength: Infinity }));
      });
    }
    const provider = await CustomJwtProvider.start();
    const verbose = `${C1}litellm_settings:\n  set_verbose: True\n`;
    const gateway = await provider.gateway(verbose, { LOG_LEVEL: '' });
    expect(gateway.gateway.app.get(SettingsStore).current.logLevel).toBe('debug');
    const token = provider.token();
    const expired = provider.token({ exp: 1 });
    expect((await chat(gateway, token)).status).toBe(200);
    expect((await chat(gateway, expired)).status).toBe(401);
    await eventually(() => {
      const steps = lines.filter((line) => line.includes('validation step'));
      expect(steps.join()).toContain('general_settings.jwt_settings');
      expect(steps.join()).toContain('token_expired');
    });
    for (const secret of [...token.split('.'), ...expired.split('.')]) {
      expect(lines.join()).not.toContain(secret);
    }
    jest.restoreAllMocks();
    await gateway.stop();
    await provider.stop();
  });

  it('C1: does not start without its settings, and says so', async () => {
    const text = 'general_settings:\n  custom_auth: custom_jwt_auth.jwt_auth\n';
    const end = await runOnFile('serve', text);
    expect(end.code).toBe(78);
    expect(end.stderr).toContain('JWT settings not configured');
  });

  it('C2: starts while its database is away, and says what is missing', async () => {
    const gateway = await startFromFile(C2);
    const anonymous = new Client(gateway.url, null);
    expect((await anonymous.get('/health/liveliness')).status).toBe(200);
    const readiness = await anonymous.get('/health/readiness');
    expect(readiness.status).toBe(503);
    expect(readiness.json.causes).toContain('database_unavailable');
    await gateway.stop();
  });
});

describeWithPostgres('the custom-JWT guide with its database', (server) => {
  it('C2: keeps costs and users there', async () => {
    const provider = await CustomJwtProvider.start();
    const [database = '', callbacks = ''] = C2.split(/^(?=litellm_settings)/m);
    const text = C1.replace('general_settings:\n', database) + callbacks;
    // The file's address is the guide's own machine; DATABASE_URL stands for it here.
    const env = { DATABASE_URL: await server().createDatabase() };
    const gateway = await provider.gateway(text, env);
    expect((await chat(gateway, provider.token())).status).toBe(200);
    await gateway.stop();
    // Another process on the same database knows both.
    const again = await provider.gateway(text, env);
    const { json } = await Client.admin(again.url).get('/user/info?user_id=user123');
    expect(json.user_info).toMatchObject({ user_email: 'user@example.com' });
    expect(json.user_info.spend).toBeGreaterThan(0);
    await again.stop();
    await provider.stop();
  });
});
