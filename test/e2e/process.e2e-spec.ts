import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream } from '#support/fake-upstream';
import { GatewayProcess, runGatehouse, temporaryDirectory } from '#support/gateway-process';
import { MASTER_KEY } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

jest.setTimeout(180_000);

describe('the program', () => {
  it('names every problem of a broken configuration, no secret, and exits 78', async () => {
    const directory = await temporaryDirectory();
    const file = join(directory.path, 'config.yaml');
    writeFileSync(
      file,
      `model_list:
  - model_name: a
    litellm_params: { model: unknown-provider/x }
general_settings:
  master_key: ${MASTER_KEY}
  enable_jwt_auth: "yes"
  litellm_jwtauth: { admin_jwt_scop: x, team_ids_jwt_field: a..b }
gatehouse:
  server: { body_limit_bytes: -1 }
  jwtt: {}
`,
    );
    const end = await runGatehouse(['serve', '--config', file]);
    expect(end.code).toBe(78);
    for (const path of [
      'model_list[0].litellm_params.model',
      'general_settings.enable_jwt_auth',
      'general_settings.litellm_jwtauth.admin_jwt_scop',
      'general_settings.litellm_jwtauth.team_ids_jwt_field',
      'gatehouse.server.body_limit_bytes',
      'gatehouse.jwtt',
    ]) {
      expect(end.stderr).toContain(path);
    }
    expect(end.stderr).not.toContain(MASTER_KEY);
    directory.remove();
  });

  it('exits 64 for a wrong command line and 78 for a missing file', async () => {
    expect((await runGatehouse(['sing'])).code).toBe(64);
    expect((await runGatehouse(['serve', '--loud'])).code).toBe(64);
    expect((await runGatehouse(['serve', '--config', '/nowhere/config.yaml'])).code).toBe(78);
  });

  it('reports on every key with `check` and starts nothing', async () => {
    const end = await runGatehouse(['check', '--config', 'config/gatehouse.example.yaml'], {
      OPENAI_API_KEY: 'x',
      AZURE_API_KEY: 'x',
      LITELLM_MASTER_KEY: MASTER_KEY,
      JWT_PUBLIC_KEY_URL: 'https://idp.example/jwks',
    });
    expect(end.stderr).toBe('');
    expect(end.code).toBe(0);
    expect(end.stdout).toContain('general_settings.enable_jwt_auth');
  });
});

describe('stopping', () => {
  it('finishes 20 streams in flight after SIGTERM, turns readiness off, books them all and exits 0', async () => {
    const directory = await temporaryDirectory();
    const issuer = await TestIssuer.start();
    const upstream = await startFakeUpstream();
    const around = { issuer, upstreamUrl: upstream.url, dataDir: directory.path };
    const gateway = await GatewayProcess.start(around);
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    const token = await issuer.sign({ email: 'a@acme.example', team: 'research' });
    const client = new Client(gateway.url, token);
    const streams = await Promise.all(
      Array.from({ length: 20 }, () =>
        client.open('POST', '/v1/chat/completions', {
          body: {
            model: 'test-model',
            stream: true,
            messages: [{ role: 'user', content: 'slow stream' }],
            ...upstream.behaviour({ chunks: 20, delayMs: 60 }),
          },
        }),
      ),
    );
    gateway.signal('SIGTERM');
    const texts = await Promise.all(streams.map((stream) => stream.text()));
    for (const text of texts) expect(text.slice(-200)).toMatch(/data: \[DONE\]\n\n$/);
    const end = await gateway.end();
    expect(end.code).toBe(0);
    const again = await GatewayProcess.start(around);
    const rows = await Client.admin(again.url).get(
      '/spend/logs?user_id=alice&summarize=false&page_size=100',
    );
    expect(rows.json).toHaveLength(20);
    await again.stop();
    const audit = await runGatehouse(['reconcile', '--config', gateway.configFile], {
      JWT_PUBLIC_KEY_URL: issuer.jwksUrl,
    });
    expect(audit.code).toBe(0);
    await upstream.close();
    await issuer.stop();
    directory.remove();
  });

  it('ends a stream that outlives the grace time with an error event, and books what was read', async () => {
    const directory = await temporaryDirectory();
    const issuer = await TestIssuer.start();
    const upstream = await startFakeUpstream();
    const around = {
      issuer,
      upstreamUrl: upstream.url,
      dataDir: directory.path,
      gatehouse: '  server: { shutdown_grace_seconds: 1 }\n',
    };
    const gateway = await GatewayProcess.start(around);
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    const client = new Client(
      gateway.url,
      await issuer.sign({ email: 'a@acme.example', team: 'research' }),
    );
    const stream = await client.open('POST', '/v1/chat/completions', {
      body: {
        model: 'test-model',
        stream: true,
        max_tokens: 100_000,
        messages: [{ role: 'user', content: 'endless' }],
        ...upstream.behaviour({ chunks: 1_000, delayMs: 100 }),
      },
    });
    gateway.signal('SIGTERM');
    const events = (await stream.text()).trim().split('\n\n');
    expect(events.at(-1)).toContain('"reason":"shutting_down"');
    expect((await gateway.end()).code).toBe(0);
    const again = await GatewayProcess.start(around);
    const rows = await Client.admin(again.url).get<{ spend: number; completion_tokens: number }[]>(
      '/spend/logs?user_id=alice',
    );
    expect(rows.json).toHaveLength(1);
    // A thousandth of what 100,000 tokens would have cost.
    expect(rows.json[0]?.spend).toBeLessThan(0.001);
    await again.stop();
    await upstream.close();
    await issuer.stop();
    directory.remove();
  });

  it('refuses a second process on the same data directory, and reconciles through the first', async () => {
    const directory = await temporaryDirectory();
    const issuer = await TestIssuer.start();
    const gateway = await GatewayProcess.start({
      issuer,
      upstreamUrl: 'http://127.0.0.1:9',
      dataDir: directory.path,
    });
    const env = { JWT_PUBLIC_KEY_URL: issuer.jwksUrl };
    await eventually(async () => {
      expect((await new Client(gateway.url, null).get('/health/readiness')).status).toBe(200);
    }, 30_000);
    const second = await runGatehouse(
      ['serve', '--config', gateway.configFile, '--port', '0'],
      env,
    );
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('in use by process');
    const audit = await runGatehouse(['reconcile', '--config', gateway.configFile], env);
    expect({ code: audit.code, stderr: audit.stderr }).toEqual({ code: 0, stderr: '' });
    expect((await gateway.stop()).code).toBe(0);
    await issuer.stop();
    directory.remove();
  });
});
