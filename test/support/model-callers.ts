import { Client } from './client.js';
import { startFakeUpstream } from './fake-upstream.js';
import { DEFAULT_JWTAUTH, startGateway } from './gateway.js';
import { TestIssuer } from './issuer.js';

/** What stands in the configuration of {@link startModelCallers} and must not be shown. */
export const MODEL_SECRETS = ['upstream-secret', 'header-secret', 'org-secret', 'note-secret'];

const ENV = { UPSTREAM_KEY: 'upstream-secret', NOTE: 'note-secret' };

/** A gateway with several models, and callers that may use some of them. */
export interface ModelCallers {
  readonly admin: Client;
  readonly upstreamUrl: string;
  /** Credentials of callers by what they may use; that of `blocked` is of a blocked team. */
  readonly credentials: Readonly<Record<string, string>>;
  as(name: string): Client;
  /** Ids of `GET /v1/models`. */
  idsOf(client: Client, query?: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Starts a gateway with several models and callers. */
export async function startModelCallers(): Promise<ModelCallers> {
  const issuer = await TestIssuer.start();
  const upstream = await startFakeUpstream();
  const gateway = await startGateway({
    issuer,
    upstreamUrl: upstream.url,
    env: ENV,
    jwtauth: DEFAULT_JWTAUTH,
    models: modelsAt(upstream.url),
  });
  const admin = Client.admin(gateway.url);
  await makeRows(admin);
  const credentials = await credentialsOf(issuer, admin);
  return {
    admin,
    upstreamUrl: upstream.url,
    credentials,
    as: (name) => {
      const credential = credentials[name];
      if (credential === undefined) throw new Error(`no caller is ${name}`);
      return new Client(gateway.url, credential);
    },
    idsOf: async (client, query = '') =>
      (await client.get(`/v1/models${query}`)).json.data.map(({ id }) => id),
    stop: async () => {
      await gateway.stop();
      await upstream.close();
      await issuer.stop();
    },
  };
}

function modelsAt(url: string): string {
  const deployment = (name: string, params = '', info = ''): string => `
  - model_name: ${name}
    litellm_params: { model: openai/${name.includes('*') ? '*' : 'm'}, api_base: "${url}/v1", api_key: os.environ/UPSTREAM_KEY,
      organization: org-secret, extra_headers: { x-own: header-secret }${params} }
    model_info: { note: os.environ/NOTE, api_token: note-secret${info} }`;
  const everyday = ', access_groups: [everyday]';
  return [
    deployment('basic', '', `${everyday}, max_input_tokens: 5000, max_output_tokens: 700`),
    deployment('big', ', input_cost_per_token: 0.000002'),
    deployment('european', ', region_name: eu'),
    deployment('a/b', '', everyday),
    deployment('left-out').replace('UPSTREAM_KEY', 'UNSET_KEY'),
    deployment('"wild/*"'),
  ].join('');
}

async function makeRows(admin: Client): Promise<void> {
  await admin.post('/organization/new', {
    organization_id: 'acme',
    organization_alias: 'Acme',
    models: ['basic', 'big'],
  });
  await admin.post('/team/new', { team_id: 'all' });
  await admin.post('/team/new', { team_id: 'some', models: ['basic', 'a/b'] });
  await admin.post('/team/new', { team_id: 'group', models: ['everyday'] });
  await admin.post('/team/new', { team_id: 'below', models: ['wild/named', 'big'] });
  await admin.post('/team/new', { team_id: 'owned', organization_id: 'acme' });
  const model_aliases = { fast: 'basic', big: 'basic', hidden: 'big' };
  await admin.post('/team/new', { team_id: 'renaming', models: ['basic'], model_aliases });
  await admin.post('/team/new', { team_id: 'blocked' });
  await admin.post('/team/block', { team_id: 'blocked' });
  await admin.post('/user/new', { user_id: 'limited', models: ['big'], auto_create_key: false });
  await admin.post('/customer/new', { user_id: 'from-eu', allowed_model_region: 'eu' });
}

async function credentialsOf(
  issuer: TestIssuer,
  admin: Client,
): Promise<ModelCallers['credentials']> {
  const token = (claims: object) => issuer.sign({ email: 'alice@acme.example', ...claims });
  const key = async (body: object): Promise<string> =>
    (await admin.post<{ key: string }>('/key/generate', body)).json.key;
  return {
    'a team of all models': await token({ team: 'all' }),
    'a team of some models': await token({ team: 'some' }),
    'a team of an access group': await token({ team: 'group' }),
    'a team of a model below a wildcard': await token({ team: 'below' }),
    'a team of an organisation with models': await token({ team: 'owned' }),
    'a team with aliases': await token({ team: 'renaming' }),
    'a user of one model': await token({ sub: 'limited', team: 'all' }),
    'an end user of a region': await token({ team: 'all', end_user: 'from-eu' }),
    'a key without lists': await key({}),
    'a key of some models': await key({ models: ['big', 'a/*'] }),
    'a key with aliases': await key({ models: ['big'], aliases: { fast: 'big', basic: 'a/b' } }),
    'a key of the models of its team': await key({
      team_id: 'some',
      models: ['all-team-models'],
    }),
    'a key of one model in a team of others': await key({ team_id: 'some', models: ['big'] }),
    'a key of no models': await key({ models: ['no-default-models'] }),
    blocked: await token({ team: 'blocked' }),
  };
}
