import { SystemClock } from '#libs/common';
import { settingsFromYaml } from '#libs/config';
import { PriceBook } from '#libs/spend';
import { modelRegistryOf, standaloneGroup } from '../routing/model-registry.js';
import { groupEntryOf, modelEntriesOf } from './model-entries.js';
import { modeOf } from './model-mode.js';

const priceBook = new PriceBook(new SystemClock());

function modelsOf(yaml: string, env: Record<string, string> = {}) {
  const registry = modelRegistryOf(settingsFromYaml(yaml, env));
  return registry.names.map((name) => ({
    name,
    group: registry.find(name) ?? standaloneGroup({ name, deployments: [] }),
  }));
}

const ENV = {
  SECRET_KEY: 'sk-of-the-environment',
  SECRET_NOTE: 'note-of-the-environment',
  BASE: 'https://secret.example/v1',
};
const CONFIGURED = `model_list:
  - model_name: m
    litellm_params:
      model: openai/gpt-4o
      api_base: os.environ/BASE
      api_key: os.environ/SECRET_KEY
      organization: org-secret
      extra_headers: { x-secret: header-secret }
      rpm: 10
      timeout: 20
      temperature: 0.5
      input_cost_per_token: 0.000003
      output_cost_per_token: 0.000006
    model_info:
      id: dep-1
      mode: chat
      max_input_tokens: 1000
      max_output_tokens: 200
      supports_vision: true
      input_cost_per_token: 9
      note: { owner: platform, api_key: noted-secret, levels: [1, os.environ/SECRET_NOTE] }
      from_environment: os.environ/SECRET_NOTE
      access_token: noted-secret
      tier: kept
`;

describe('the description of a deployment', () => {
  const entry = (showsAddress = false) =>
    modelEntriesOf(modelsOf(CONFIGURED, ENV), priceBook, showsAddress)[0];

  it('has what clients look for, with the prices that calls are booked at', () => {
    expect(entry()).toMatchObject({
      model_name: 'm',
      litellm_params: { model: 'openai/gpt-4o', rpm: 10, timeout: 20 },
      model_info: {
        id: 'dep-1',
        db_model: false,
        mode: 'chat',
        litellm_provider: 'openai',
        key: 'gpt-4o',
        max_tokens: 200,
        max_input_tokens: 1000,
        max_output_tokens: 200,
        input_cost_per_token: 0.000003,
        output_cost_per_token: 0.000006,
        supports_vision: true,
        supports_function_calling: null,
        tier: 'kept',
        note: { owner: 'platform', levels: [1] },
      },
    });
  });

  it.each([false, true])(
    'has no credential, header or value of an environment variable (address shown: %p)',
    (showsAddress) => {
      const text = JSON.stringify(entry(showsAddress));
      for (const secret of ['sk-of', 'note-of', 'org-secret', 'header-secret', 'noted-secret'])
        expect(text).not.toContain(secret);
      expect(text.includes('secret.example')).toBe(showsAddress);
    },
  );

  it('is completed by the price list', () => {
    const [listed] = modelEntriesOf(
      modelsOf(
        `model_list:\n  - { model_name: m, litellm_params: { model: openai/gpt-4o, api_key: k } }`,
      ),
      priceBook,
      false,
    );
    expect(listed?.model_info).toMatchObject({
      max_input_tokens: 128_000,
      input_cost_per_token: 0.0000025,
      output_cost_per_token: 0.00001,
      supports_prompt_caching: true,
    });
  });

  it('names thresholds and price classes as the configuration does', () => {
    const [tiered] = modelEntriesOf(
      modelsOf(`model_list:
  - { model_name: m, litellm_params: { model: openai/1, api_base: "http://127.0.0.1:9/v1", api_key: k, input_cost_per_token: 0.000001,
      output_cost_per_token: 0, input_cost_per_token_above_128k_tokens: 0.000002, input_cost_per_token_flex: 0.0000005 } }`),
      priceBook,
      false,
    );
    expect(tiered?.model_info).toMatchObject({
      input_cost_per_token: 0.000001,
      output_cost_per_token: 0,
      input_cost_per_token_above_128k_tokens: 0.000002,
      input_cost_per_token_flex: 0.0000005,
    });
  });
});

describe('the description of a group', () => {
  it('is the most that one of its deployments can do, with their capacity together', () => {
    const deployment = (model: string, params: string, info: string) =>
      `  - { model_name: m, litellm_params: { model: ${model}, api_base: "http://127.0.0.1:9/v1", api_key: k, ${params} }, model_info: { ${info} } }`;
    const [model] = modelsOf(`model_list:
${deployment('openai/1', 'rpm: 10, input_cost_per_token: 0.000001', 'max_input_tokens: 100, supports_vision: true')}
${deployment('groq/2', 'rpm: 5, input_cost_per_token: 0.000002', 'max_input_tokens: 300, supports_vision: false')}
`);
    if (model === undefined) throw new Error('a model is expected');
    expect(groupEntryOf(model, priceBook)).toMatchObject({
      model_group: 'm',
      providers: ['openai', 'groq'],
      mode: 'chat',
      max_input_tokens: 300,
      max_output_tokens: null,
      input_cost_per_token: 0.000002,
      output_cost_per_token: null,
      rpm: 15,
      tpm: null,
      supports_vision: true,
      supports_function_calling: false,
    });
  });
});

describe('what a model does', () => {
  const mode = (
    upstreamModel: string,
    said: string | null = null,
    baseModel: string | null = null,
  ) => modeOf({ description: { mode: said, info: {}, params: {} }, upstreamModel, baseModel });

  it('is what model_info says', () => {
    expect(mode('text-embedding-3-small', 'chat')).toBe('chat');
  });

  it.each([
    ['gpt-4o', 'chat'],
    ['claude-sonnet-4-5', 'chat'],
    ['text-embedding-3-small', 'embedding'],
    ['rerank-v3.5', 'rerank'],
    ['omni-moderation-latest', 'moderation'],
    ['whisper-1', 'audio_transcription'],
    ['gpt-4o-mini-transcribe', 'audio_transcription'],
    ['gpt-4o-mini-tts', 'audio_speech'],
    ['tts-1-hd', 'audio_speech'],
    ['gpt-realtime', 'realtime'],
    ['dall-e-3', 'image_generation'],
    ['gpt-image-1', 'image_generation'],
    ['gpt-3.5-turbo-instruct', 'completion'],
    ['llama-3-instruct-chat', 'chat'],
  ])('follows from the name: %s is for %s', (name, expected) => {
    expect(mode(name)).toBe(expected);
    expect(mode('my-deployment', null, name)).toBe(expected);
  });
});
