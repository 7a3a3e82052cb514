import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadSettings, type LoadResult } from '#libs/config';

const DIRECTORY = join(import.meta.dirname, '../fixtures/litellm');

/** Every variable that the files name, set to something that is accepted where it stands. */
const ENVIRONMENT: Readonly<Record<string, string>> = Object.fromEntries([
  ...globSync('**/*.yaml', { cwd: DIRECTORY })
    .flatMap((name) => [...read(name).matchAll(/os\.environ\/(\w+)/g)])
    .map(([, name = '']) => [name, 'value']),
  ['REDIS_PORT', '6379'],
  ['VERTEX_CREDENTIALS', '{"type":"external_account"}'],
  ['LITELLM_MASTER_KEY', 'sk-0f4b1c9d7e2a8b3c6d5e'],
  ['DATABASE_URL', 'postgresql://gateway@db.internal/gateway'],
]) as Record<string, string>;

interface Outcome {
  /** Paths that refuse the file as it stands. */
  readonly refused: readonly string[];
  /** Models of the entries that the switch leaves out. */
  readonly omitted: readonly string[];
  /** Models that are served then, one for each deployment. */
  readonly served: readonly string[];
  /** What `check` says of some keys. */
  readonly says: Readonly<Record<string, string>>;
}

const FILES: Readonly<Record<string, Outcome>> = {
  'many-providers.yaml': {
    refused: ['model_list[7].litellm_params.model'],
    omitted: ['rerank'],
    served: [
      'gpt-4.1',
      'claude-sonnet',
      'claude-sonnet',
      'gemini-flash',
      'gemini-pro',
      'llama-70b',
      'mistral-large',
    ],
    says: {
      'model_list[2].litellm_params.aws_region_name': 'honoured',
      'router_settings.fallbacks': 'honoured',
      'litellm_settings.request_timeout': 'honoured',
    },
  },
  'credential-list.yaml': {
    refused: ['model_list[2].litellm_params.litellm_credential_name'],
    omitted: ['o3'],
    served: ['gpt-4o', 'gpt-4o'],
    says: {
      'model_list[0].litellm_params.litellm_credential_name': 'honoured',
      'credential_list[0].credential_info': 'honoured',
      'general_settings.store_model_in_db': 'ignored',
    },
  },
  'includes.yaml': {
    refused: ['model_list[2].litellm_params.model'],
    omitted: ['chat-fallback'],
    served: ['default', 'chat', 'embeddings'],
    says: {
      include: 'differs',
      'model_list[1].litellm_params.model': 'honoured',
      'router_settings.cooldown_time': 'honoured',
    },
  },
  'azure.yaml': {
    refused: [
      'model_list[4].litellm_params.tenant_id',
      'model_list[4].litellm_params.client_id',
      'model_list[4].litellm_params.client_secret',
      'model_list[5].litellm_params.model',
    ],
    omitted: ['gpt-4o-managed-identity', 'phi-4'],
    served: ['gpt-4o', 'gpt-4o', 'o4-mini', 'gpt-5-codex', 'text-embedding-3-small'],
    says: {
      'model_list[0].litellm_params.tpm': 'differs',
      'model_list[1].litellm_params.api_version': 'honoured',
      'router_settings.routing_strategy': 'honoured',
    },
  },
  'self-hosted.yaml': {
    refused: ['model_list[4].litellm_params.model', 'model_list[5].litellm_params.model'],
    omitted: ['tgi', 'bge-m3'],
    served: ['qwen-coder', 'qwen-coder', 'llama3', 'lm-studio/*', 'embeddings', 'gpt-4o'],
    says: {
      'model_list[0].litellm_params.input_cost_per_token': 'honoured',
      'model_list[2].litellm_params.keep_alive': 'ignored: not known',
      'model_list[6].model_info.owner': 'ignored: a note of your own',
    },
  },
  'aliases.yaml': {
    refused: ['model_list[3].litellm_params.model'],
    omitted: ['bedrock/*'],
    served: ['fast', 'smart', 'openai/*', '*'],
    says: {
      'model_list[0].model_info.access_groups': 'honoured',
      'router_settings.model_group_alias': 'honoured',
      'litellm_settings.default_fallbacks': 'honoured',
    },
  },
  'caching.yaml': {
    refused: ['model_list[2].litellm_params.model'],
    omitted: ['titan-embed'],
    served: ['gpt-4o-mini', 'text-embedding-3-small'],
    says: {
      'litellm_settings.cache': 'differs',
      'litellm_settings.cache_params.type': 'differs',
      'litellm_settings.cache_params.similarity_threshold': 'ignored: only exact requests',
      'litellm_settings.cache_params.ttl': 'honoured',
      'router_settings.redis_host': 'ignored: one process needs no shared state',
    },
  },
  'alerts.yaml': {
    refused: ['model_list[1].litellm_params.model'],
    omitted: ['granite'],
    served: ['gpt-4.1'],
    says: {
      'general_settings.alerting': 'differs',
      'litellm_settings.callbacks': 'ignored',
      environment_variables: 'honoured',
    },
  },
  'tokens.yaml': {
    refused: ['model_list[1].litellm_params.model'],
    omitted: ['claude'],
    served: ['gpt-4o'],
    says: {
      'general_settings.allowed_ips': 'honoured: off, as if it were left out',
      'general_settings.litellm_jwtauth.user_id_jwt_field': 'honoured',
      'general_settings.role_permissions': 'differs',
    },
  },
  'routing.yaml': {
    refused: ['model_list[3].litellm_params.model'],
    omitted: ['gpt-4o'],
    served: ['gpt-4o', 'gpt-4o', 'gpt-4o'],
    says: {
      'model_list[0].litellm_params.timeout': 'honoured',
      'router_settings.provider_budget_config': 'honoured',
      mcp_servers: 'ignored',
    },
  },
};

function read(name: string): string {
  return readFileSync(join(DIRECTORY, name), 'utf8');
}

function load(config: string, more: Readonly<Record<string, string>> = {}): LoadResult {
  return loadSettings({ argv: { config }, env: { ...ENVIRONMENT, ...more }, cwd: DIRECTORY });
}

/** The paths of all keys below a value, in the form of the report. */
function pathsOf(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => pathsOf(item, `${path}[${String(index)}]`));
  if (typeof value !== 'object' || value === null) return [path];
  const members = Object.entries(value).flatMap(([key, member]) =>
    pathsOf(member, path === '' ? key : `${path}.${key}`),
  );
  return members.length === 0 ? [path] : members;
}

/** Whether the report speaks of a path, or of a key that it is below. */
function isReported(path: string, reported: readonly string[]): boolean {
  return reported.some(
    (known) => path === known || path.startsWith(`${known}.`) || path.startsWith(`${known}[`),
  );
}

describe.each(Object.entries(FILES))('a configuration of LiteLLM: %s', (name, outcome) => {
  it('is refused for the deployments alone that cannot be called, with what to write', () => {
    const result = load(name);
    if (result.ok) throw new Error('accepted');
    expect(result.problems.map(({ path }) => path)).toEqual(outcome.refused);
    expect(result.problems[0]?.remedy).toContain('gatehouse.unsupported_deployments: omit');
  });

  it('starts without them by the switch', () => {
    const result = load(name, { GATEHOUSE_UNSUPPORTED_DEPLOYMENTS: 'omit' });
    if (!result.ok) throw new Error(result.problems.map(({ path }) => path).join());
    const { deployments, omittedDeployments } = result.settings;
    expect(omittedDeployments.map(({ modelGroup }) => modelGroup)).toEqual(outcome.omitted);
    expect(deployments.map(({ modelGroup }) => modelGroup)).toEqual(outcome.served);
  });

  it('is reported on line by line, as it stands and with the switch', () => {
    const document: unknown = parse(read(name), { merge: true });
    for (const env of [{}, { GATEHOUSE_UNSUPPORTED_DEPLOYMENTS: 'omit' }]) {
      const { report } = load(name, env);
      const reported = report.map(({ path }) => path);
      expect(pathsOf(document).filter((path) => !isReported(path, reported))).toEqual([]);
      for (const { status, note } of report) if (status !== 'honoured') expect(note).not.toBe('');
    }
  });

  it('has each key treated as expected', () => {
    const { report } = load(name, { GATEHOUSE_UNSUPPORTED_DEPLOYMENTS: 'omit' });
    for (const [path, said] of Object.entries(outcome.says)) {
      const entry = report.find((one) => one.path === path);
      expect(`${path} ${entry?.status ?? ''}: ${entry?.note ?? ''}`).toContain(`${path} ${said}`);
    }
  });
});

it('covers every file of the directory', () => {
  expect(Object.keys(FILES).toSorted()).toEqual(globSync('*.yaml', { cwd: DIRECTORY }).toSorted());
});
