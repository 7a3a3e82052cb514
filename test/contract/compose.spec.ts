import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { settingsFromYaml } from '#libs/config';

interface Service {
  readonly image?: string;
  readonly profiles?: readonly string[];
  readonly user?: string;
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const text = read('docker-compose.yml');
const { services } = parse(text) as { readonly services: Readonly<Record<string, Service>> };

/** A value as Compose fills it in where no variable is set. */
const filled = (value: string): string => value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');

/** Programs that the images are known to hold. */
const PROGRAMS: Readonly<Record<string, string>> = { node: 'node', postgres: 'pg_isready' };

describe('docker compose up', () => {
  it('starts the gateway, its database, a demo model and an identity provider without a profile', () => {
    const started = Object.entries(services).filter(([, { profiles }]) => profiles === undefined);
    expect(started.map(([name]) => name).toSorted()).toEqual([
      'demo-model',
      'gatehouse',
      'keycloak',
      'postgres',
    ]);
  });

  it('needs no variable', () => {
    expect(text).not.toContain(':?');
    expect(text.match(/\$\{\w+\}|\$\w/g) ?? []).toEqual([]);
  });

  it.each(Object.keys(services))('mounts only files that exist into %s', (name) => {
    const mounts = (services[name]?.volumes ?? []).map(filled).filter((one) => one.startsWith('.'));
    const missing = mounts
      .map((one) => one.split(':')[0] ?? '')
      .filter((path) => !existsSync(join(ROOT, path)));
    expect(missing).toEqual([]);
  });

  it.each(Object.entries(services).filter(([, { healthcheck }]) => healthcheck !== undefined))(
    'asks for the health of %s with a program of its image',
    (_name, { image = '', healthcheck }) => {
      const [kind, ...words] = healthcheck?.test ?? [];
      expect(['CMD', 'CMD-SHELL']).toContain(kind);
      expect(words.join(' ').split(' ')[0]).toBe(PROGRAMS[image.split(':')[0] ?? '']);
    },
  );

  it('mounts a configuration that is accepted with the environment of the service', () => {
    const environment = Object.fromEntries(
      Object.entries(services['gatehouse']?.environment ?? {}).map(([k, v]) => [k, filled(v)]),
    );
    const settings = settingsFromYaml(read('examples/compose/config.yaml'), {
      ...environment,
      HOST: '0.0.0.0',
    });
    expect(settings.deployments.map(({ modelGroup }) => modelGroup)).toEqual(['demo-model']);
    expect(settings.omittedDeployments).toEqual([]);
  });

  it('runs the gateway as a user given by number, also for its health', () => {
    const dockerfile = read('deploy/Dockerfile');
    expect(dockerfile).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    expect(dockerfile).toMatch(/^HEALTHCHECK [^\n]*\\\n {2}CMD \["node",/m);
    expect(services['demo-model']?.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  it('has a demo model that answers plain and streamed, with usage', async () => {
    const child = spawn(process.execPath, [join(ROOT, 'examples/compose/demo-model.mjs')], {
      env: { PORT: '0', HOST: '127.0.0.1' },
    });
    try {
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      const url = `http://127.0.0.1:${/port (\d+)/.exec(line.toString())?.[1] ?? ''}/v1/chat/completions`;
      const ask = async (extra: object): Promise<string> => {
        const messages = [{ role: 'user', content: 'hello there' }];
        const body = JSON.stringify({ model: 'demo-model', messages, ...extra });
        return (await fetch(url, { method: 'POST', body })).text();
      };
      expect(JSON.parse(await ask({}))).toMatchObject({
        usage: { prompt_tokens: 2, completion_tokens: 10, total_tokens: 12 },
      });
      const streamed = await ask({ stream: true, stream_options: { include_usage: true } });
      expect(streamed).toContain('"prompt_tokens":2');
      expect(streamed).toMatch(/data: \[DONE\]\n\n$/);
    } finally {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    }
  });
});
