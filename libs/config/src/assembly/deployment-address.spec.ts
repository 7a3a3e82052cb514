import { deploymentOf, withParams } from '#support/deployment-settings';
import { settingsFromYaml } from '../load-settings.js';

describe('the address of a deployment', () => {
  it.each([
    ['model: openai/gpt-4o', 'openai', 'gpt-4o', 'https://api.openai.com/v1'],
    ['model: gpt-4o', 'openai', 'gpt-4o', 'https://api.openai.com/v1'],
    ['model: o3-mini', 'openai', 'o3-mini', 'https://api.openai.com/v1'],
    ['model: claude-x', 'anthropic', 'claude-x', 'https://api.anthropic.com/v1'],
    [
      'model: anthropic/claude-x, api_base: https://proxy.example',
      'anthropic',
      'claude-x',
      'https://proxy.example/v1',
    ],
    [
      'model: gemini/gemini-x',
      'gemini',
      'gemini-x',
      'https://generativelanguage.googleapis.com/v1beta/openai',
    ],
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
      dialect: ['anthropic', 'gemini'].includes(provider) ? provider : 'openai',
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
    ['azure/gpt-x', '', {}, '2025-02-01-preview'],
    ['azure/gpt-x', '', { AZURE_API_VERSION: '2024-10-21' }, '2024-10-21'],
    ['azure/gpt-x', 'api_version: "2024-06-01"', { AZURE_API_VERSION: 'v1' }, '2024-06-01'],
    ['azure/responses/gpt-x', '', {}, '2025-02-01-preview'],
    ['azure/o_series/gpt-x', '', {}, '2025-02-01-preview'],
    ['azure/gpt5_series/gpt-x', '', {}, '2025-02-01-preview'],
  ])(
    'fills in Azure’s version and takes bridges off, as LiteLLM does: %s %s %j',
    (model, more, env, apiVersion) => {
      const settings = settingsFromYaml(
        `model_list: [{ model_name: a, litellm_params: { model: ${model}, api_base: "https://r.openai.azure.com", api_key: k, ${more} } }]`,
        env,
      );
      expect(settings.deployments[0]).toMatchObject({
        dialect: 'azure-deployment',
        apiVersion,
        upstreamModel: 'gpt-x',
      });
    },
  );

  it.each([
    ['openai/responses/gpt-x', 'gpt-x'],
    ['groq/responses/gpt-x', 'gpt-x'],
    ['responses/gpt-x, custom_llm_provider: openai', 'gpt-x'],
    ['openai/o_series/gpt-x', 'o_series/gpt-x'],
    ['openai/responses-x', 'responses-x'],
    ['openrouter/openai/gpt-x', 'openai/gpt-x'],
  ])(
    'takes a bridge to the Responses API off the name, and nothing else: %s',
    (model, upstreamModel) => {
      expect(deploymentOf(`model: ${model}`).upstreamModel).toBe(upstreamModel);
    },
  );

  it('says that a deployment with a bridge is called by chat completions', () => {
    const { warnings } = withParams('model: openai/responses/gpt-x, api_key: k');
    expect(warnings.map(({ message }) => message).join()).toContain('Responses API');
  });

  it.each([
    ['model: some-model', 'litellm_params.model'],
    ['model: bedrock/x, api_base: http://x', 'litellm_params.model'],
    ['model: vertex_ai/x, vertex_project: p', 'litellm_params.model'],
    ['model: opnai/x', 'Did you mean "openai/…"'],
    ['model: unknown-provider/x', 'litellm_params.model'],
    ['model: something', 'litellm_params.model'],
    ['model: openai/', 'litellm_params.model'],
    ['model: /x', 'litellm_params.model'],
    ['api_key: x', 'litellm_params.model is missing'],
    ['model: x, custom_llm_provider: unknown', 'litellm_params.custom_llm_provider'],
    ['model: hosted_vllm/x', 'litellm_params.api_base is missing'],
    ['model: azure/x, api_version: v1', 'litellm_params.api_base is missing'],
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
