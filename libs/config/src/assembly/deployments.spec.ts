import { parseDecimal } from '#libs/common';
import { settingsFromYaml } from '../load-settings.js';
import type { DeploymentSettings, Settings } from '../settings.js';

/** Settings with one entry of these parameters. */
function withParams(params: string, env: Record<string, string> = {}, rest = ''): Settings {
  return settingsFromYaml(
    `model_list: [{ model_name: m, litellm_params: { ${params} } ${rest} }]`,
    env,
  );
}

function deploymentOf(
  params: string,
  env: Record<string, string> = {},
  rest = '',
): DeploymentSettings {
  const [only] = withParams(params, env, rest).deployments;
  if (only === undefined) throw new Error('no deployment');
  return only;
}

describe('the address of a deployment', () => {
  it.each([
    ['model: openai/gpt-4o', 'openai', 'gpt-4o', 'https://api.openai.com/v1'],
    ['model: gpt-4o', 'openai', 'gpt-4o', 'https://api.openai.com/v1'],
    ['model: o3-mini', 'openai', 'o3-mini', 'https://api.openai.com/v1'],
    ['model: groq/llama-3', 'groq', 'llama-3', 'https://api.groq.com/openai/v1'],
    ['model: openrouter/meta/llama', 'openrouter', 'meta/llama', 'https://openrouter.ai/api/v1'],
    ['model: ollama/llama3', 'ollama', 'llama3', 'http://localhost:11434/v1'],
    [
      'model: ollama_chat/x, api_base: "http://box:11434/"',
      'ollama_chat',
      'x',
      'http://box:11434/v1',
    ],
    ['model: hosted_vllm/x/y, api_base: http://box/v1/', 'hosted_vllm', 'x/y', 'http://box/v1'],
    ['model: openai/x, api_base: http://box', 'openai', 'x', 'http://box'],
    [
      'model: org/x, custom_llm_provider: openai, api_base: http://box/v1',
      'openai',
      'org/x',
      'http://box/v1',
    ],
    ['model: groq/x, custom_llm_provider: groq', 'groq', 'x', 'https://api.groq.com/openai/v1'],
    ['model: nscale/x/y, api_base: http://box/v1', 'nscale', 'x/y', 'http://box/v1'],
  ])('follows LiteLLM: %s', (params, provider, upstreamModel, apiBase) => {
    expect(deploymentOf(params)).toMatchObject({
      provider,
      upstreamModel,
      apiBase,
      dialect: 'openai',
      apiVersion: null,
    });
  });

  it.each([
    [
      'https://r.openai.azure.com',
      '2024-10-21',
      {
        dialect: 'azure-deployment',
        apiBase: 'https://r.openai.azure.com',
        apiVersion: '2024-10-21',
      },
    ],
    [
      'https://r.openai.azure.com/openai/',
      '2023-07-01-preview',
      {
        dialect: 'azure-deployment',
        apiBase: 'https://r.openai.azure.com',
        apiVersion: '2023-07-01-preview',
      },
    ],
    [
      'https://r/openai/deployments/d/chat/completions',
      '2024-10-21',
      { dialect: 'azure-deployment', apiBase: 'https://r', apiVersion: '2024-10-21' },
    ],
    [
      'https://apim/x/openai',
      '2024-10-21',
      { dialect: 'azure-deployment', apiBase: 'https://apim/x', apiVersion: '2024-10-21' },
    ],
    [
      'https://r.openai.azure.com/openai/v1/',
      null,
      { dialect: 'azure-v1', apiBase: 'https://r.openai.azure.com/openai/v1', apiVersion: null },
    ],
    [
      'https://r.openai.azure.com',
      'v1',
      { dialect: 'azure-v1', apiBase: 'https://r.openai.azure.com/openai/v1', apiVersion: null },
    ],
    [
      'https://r.openai.azure.com',
      'latest',
      { dialect: 'azure-v1', apiBase: 'https://r.openai.azure.com/openai/v1', apiVersion: null },
    ],
    [
      'https://r.openai.azure.com/openai',
      'preview',
      {
        dialect: 'azure-v1',
        apiBase: 'https://r.openai.azure.com/openai/v1',
        apiVersion: 'preview',
      },
    ],
    [
      'https://r.openai.azure.com/openai/v1',
      '2024-10-21',
      { dialect: 'azure-v1', apiBase: 'https://r.openai.azure.com/openai/v1', apiVersion: null },
    ],
  ])('takes Azure’s forms apart: %s with %s', (base, version, expected) => {
    const params = `model: azure/<my deployment>, api_base: "${base}"${version === null ? '' : `, api_version: "${version}"`}`;
    expect(deploymentOf(params)).toMatchObject({
      provider: 'azure',
      upstreamModel: '<my deployment>',
      ...expected,
    });
  });

  it.each([
    ['model: anthropic/claude-x', 'litellm_params.model'],
    ['model: claude-x', 'litellm_params.model'],
    ['model: bedrock/x, api_base: http://x', 'litellm_params.model'],
    ['model: vertex_ai/x', 'litellm_params.model'],
    ['model: opnai/x', 'Did you mean "openai/…"'],
    ['model: nobody-knows/x', 'litellm_params.model'],
    ['model: something', 'litellm_params.model'],
    ['model: openai/', 'litellm_params.model'],
    ['model: /x', 'litellm_params.model'],
    ['api_key: x', 'litellm_params.model is missing'],
    ['model: x, custom_llm_provider: nobody', 'litellm_params.custom_llm_provider'],
    ['model: hosted_vllm/x', 'litellm_params.api_base is missing'],
    ['model: azure/x, api_version: v1', 'litellm_params.api_base is missing'],
    ['model: azure/x, api_base: https://x', 'litellm_params.api_version is missing'],
    ['model: openai/x, api_base: box/v1', 'litellm_params.api_base'],
    ['model: openai/x, base_url: http://x', 'litellm_params.base_url'],
    ['model: openai/x, mock_response: hi', 'litellm_params.mock_response'],
    ['model: openai/x, api_key: "a b"', 'litellm_params.api_key'],
    ['model: openai/x, extra_headers: { host: x }', 'litellm_params.extra_headers.host'],
    ['model: openai/x, extra_headers: { a: "x\\r\\ny" }', 'litellm_params.extra_headers.a'],
    ['model: openai/x, input_cost_per_token: -1', 'litellm_params.input_cost_per_token'],
    ['model: openai/x, input_cost_per_token: .nan', 'litellm_params.input_cost_per_token'],
    ['model: openai/x, input_cost_per_token: cheap', 'litellm_params.input_cost_per_token'],
    ['model: openai/x, weight: -1', 'litellm_params.weight'],
    ['model: openai/x, timeout: 30s', 'litellm_params.timeout'],
    ['model: openai/x, organization: []', 'litellm_params.organization'],
  ])('refuses %s', (params, named) => {
    expect(() => withParams(params)).toThrow(named);
  });

  it.each([
    ['- 1', 'model_list[0] must be a mapping'],
    ['- { litellm_params: { model: openai/x } }', 'model_list[0].model_name is missing'],
    [
      '- { model_name: "azure/*", litellm_params: { model: "azure/*", api_base: "https://a.example", api_version: "2025-01-01" } }',
      'model_list[0].model_name',
    ],
    ['- { model_name: a, litellm_params: x }', 'model_list[0].litellm_params must be'],
    [
      '- { model_name: a, litellm_params: { model: openai/x }, model_info: { team_id: t } }',
      'team_id',
    ],
    [
      '- { model_name: a, litellm_params: { model: openai/x }, model_info: { id: i } }\n- { model_name: b, litellm_params: { model: openai/x }, model_info: { id: i } }',
      'model_list[1].model_info.id',
    ],
  ])('refuses the list %j with one problem', (list, named) => {
    expect(() => settingsFromYaml(`model_list:\n${list}`)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^[^\n]*\n[^\n]*$/) as string }),
    );
    expect(() => settingsFromYaml(`model_list:\n${list}`)).toThrow(named);
  });
});

describe('the credential of a deployment', () => {
  const env = { OPENAI_API_KEY: 'key-of-openai', AZURE_API_KEY: 'key-of-azure' };

  it('comes from the provider’s variable at its own address', () => {
    expect(deploymentOf('model: openai/x', env).apiKey).toBe('key-of-openai');
    expect(deploymentOf('model: openai/x, api_key: own', env).apiKey).toBe('own');
  });

  it('never goes from there to another host', () => {
    expect(deploymentOf('model: openai/x, api_base: http://box/v1', env).apiKey).toBeNull();
    expect(deploymentOf('model: groq/x', env).apiKey).toBeNull();
  });

  it('is warned about where it is missing and needed', () => {
    expect(withParams('model: openai/x').warnings).toContainEqual(
      expect.objectContaining({ path: 'model_list[0].litellm_params' }),
    );
  });
});

describe('an unset variable below model_list', () => {
  it('leaves that entry out with a warning, and the others stay', () => {
    const { deployments, omittedDeployments, warnings } = settingsFromYaml(
      `
model_list:
  - model_name: a
    litellm_params: { model: openai/a, api_key: os.environ/MISSING }
  - model_name: b
    litellm_params: { model: openai/b, api_key: os.environ/THERE }
  - model_name: c
    litellm_params: { model: azure/c, api_base: os.environ/BASE, api_key: k, extra_headers: { x: os.environ/X } }
  - { model_name: d, litellm_params: { model: openai/d }, model_info: { access_groups: [os.environ/GROUP] } }`,
      { THERE: 'k' },
    );
    expect(deployments.map(({ modelGroup }) => modelGroup)).toEqual(['b']);
    expect(omittedDeployments).toEqual([
      { modelGroup: 'a', path: 'model_list[0].litellm_params.api_key', variable: 'MISSING' },
      { modelGroup: 'c', path: 'model_list[2].litellm_params.api_base', variable: 'BASE' },
      { modelGroup: 'd', path: 'model_list[3].model_info.access_groups[0]', variable: 'GROUP' },
    ]);
    expect(warnings.filter(({ message }) => message.includes('is left out'))).toHaveLength(3);
  });

  it('does not hide other mistakes of the entry', () => {
    expect(() =>
      withParams('model: openai/x, api_key: os.environ/MISSING, timeout: never'),
    ).toThrow('model_list[0].litellm_params.timeout');
  });
});

describe('the id of a deployment', () => {
  it('is the given one, or made from what tells deployments apart, never from the credential', () => {
    const made = deploymentOf('model: openai/x, api_key: a').id;
    expect(deploymentOf('model: openai/x', {}, ', model_info: { id: mine }').id).toBe('mine');
    expect(made).toMatch(/^[0-9a-f]{32}$/);
    expect(deploymentOf('model: openai/x, api_key: b, timeout: 3').id).toBe(made);
    expect(deploymentOf('model: openai/y, api_key: a').id).not.toBe(made);
    expect(deploymentOf('model: openai/x, organization: o').id).not.toBe(made);
  });

  it('is unique where entries differ in their credential alone', () => {
    const { deployments } = settingsFromYaml(`
model_list:
  - { model_name: a, litellm_params: { model: openai/a, api_key: k1 } }
  - { model_name: a, litellm_params: { model: openai/a, api_key: k2 } }`);
    expect(new Set(deployments.map(({ id }) => id)).size).toBe(2);
  });

  it('is numbered where a list of organisations makes several deployments', () => {
    const { deployments } = withParams(
      'model: openai/a, organization: [o1, o2]',
      {},
      ', model_info: { id: i }',
    );
    expect(deployments.map(({ id, organization }) => [id, organization])).toEqual([
      ['i', 'o1'],
      ['i-2', 'o2'],
    ]);
  });
});

describe('prices', () => {
  it('are exact, from litellm_params first, member by member', () => {
    const { prices } = deploymentOf(
      'model: openai/x, input_cost_per_token: 0.00000250000000000000001, output_cost_per_token: "1e-05"',
      {},
      ', model_info: { input_cost_per_token: 9, cache_read_input_token_cost: 0 }',
    );
    expect(prices).toEqual({
      input: parseDecimal('0.00000250000000000000001'),
      output: parseDecimal('0.00001'),
      cachedInput: parseDecimal('0'),
    });
  });

  it('are null where the entry names none, and absent members stay unknown', () => {
    expect(deploymentOf('model: openai/x').prices).toBeNull();
    expect(deploymentOf('model: openai/x, input_cost_per_token: 0').prices).toEqual({
      input: parseDecimal('0'),
    });
  });

  it('are warned about when they look like a price per million, or are of a kind that is not applied', () => {
    const warnings = withParams(
      'model: openai/x, input_cost_per_token: 2.5, input_cost_per_image: 0.01',
    )
      .warnings.map(({ path, message }) => `${path} ${message}`)
      .join('\n');
    expect(warnings).toMatch(/a cent or more/);
    expect(warnings).toMatch(/input_cost_per_image/);
  });
});

describe('shares and times', () => {
  const weights = (...entries: readonly string[]): number[] =>
    settingsFromYaml(
      `model_list:\n${entries.map((entry) => `  - { model_name: a, litellm_params: { model: openai/a, ${entry} } }`).join('\n')}`,
    ).deployments.map(({ weight }) => weight);

  it('count weight for a whole name, else rpm, else tpm, else share alike', () => {
    expect(weights('weight: 3', 'weight: 1')).toEqual([3, 1]);
    expect(weights('rpm: 300, tpm: 5', 'rpm: 100')).toEqual([300, 100]);
    expect(weights('tpm: 5', 'tpm: 10')).toEqual([5, 10]);
    expect(weights('api_key: a', 'api_key: b')).toEqual([1, 1]);
  });

  it('give 0 to an entry without the measure of the others, and 1 to all where every share is 0', () => {
    expect(weights('weight: 3', 'rpm: 1000')).toEqual([3, 0]);
    expect(weights('weight: 0', 'weight: 0')).toEqual([1, 1]);
  });

  it('read rpm beside litellm_params too', () => {
    expect(deploymentOf('model: openai/a', {}, ', rpm: 7').weight).toBe(7);
  });

  it('take times from the entry, then the router, then the library, then 600 s', () => {
    const times = (params: string, rest: string): unknown[] => {
      const [only] = settingsFromYaml(
        `model_list: [{ model_name: a, litellm_params: { model: openai/a ${params} } }]\n${rest}`,
      ).deployments;
      return [only?.timeoutSeconds, only?.streamTimeoutSeconds];
    };
    const router = 'router_settings: { timeout: 20, stream_timeout: 5 }';
    expect(times('', '')).toEqual([600, 600]);
    expect(times('', 'litellm_settings: { request_timeout: 30 }')).toEqual([30, 30]);
    expect(times('', `${router}\nlitellm_settings: { request_timeout: 30 }`)).toEqual([20, 5]);
    expect(times(', timeout: 9', router)).toEqual([9, 9]);
    expect(times(', timeout: 9, stream_timeout: 0.5', router)).toEqual([9, 0.5]);
  });

  it('take retries from the router, then the library, then 2', () => {
    const retries = (text: string): number => settingsFromYaml(text).router.numRetries;
    expect(retries('')).toBe(2);
    expect(retries('litellm_settings: { num_retries: 5 }')).toBe(5);
    expect(
      retries('litellm_settings: { num_retries: 5 }\nrouter_settings: { num_retries: 0 }'),
    ).toBe(0);
  });
});
