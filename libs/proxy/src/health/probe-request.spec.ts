import { scanJsonObject } from '#libs/common';
import { deploymentOf } from '#support/deployment-settings';
import { probeRequestOf } from './probe-request.js';

const SERVER = 'api_base: "http://127.0.0.1:9/v1", api_key: k';

function probe(params: string, info = '') {
  return probeRequestOf(deploymentOf(params, {}, `, model_info: { ${info} }`));
}

describe('the call that checks a deployment', () => {
  it.each([
    ['chat', '/chat/completions'],
    ['completion', '/completions'],
    ['embedding', '/embeddings'],
  ])('of the mode %s is one that the relay takes, at %s', (mode, route) => {
    const found = probe(`model: openai/m, ${SERVER}`, `mode: ${mode}`);
    if (typeof found === 'string') throw new Error(found);
    expect(found.operation.route).toBe(route);
    const bytes = Buffer.from(JSON.stringify({ model: 'm', ...found.body }));
    expect(found.operation.read(scanJsonObject(bytes), null).model).toBe('m');
  });

  it.each([
    ['max_tokens', `model: openai/m, ${SERVER}`],
    ['max_tokens', 'model: groq/m, api_key: k'],
    ['max_completion_tokens', 'model: openai/m, api_key: k'],
    [
      'max_completion_tokens',
      'model: azure/m, api_base: "https://h.example", api_version: v1, api_key: k',
    ],
  ])('bounds its output by %s: %s', (name, params) => {
    expect(probe(params, 'health_check_max_tokens: 9')).toMatchObject({ body: { [name]: 9 } });
  });

  it('of a deployment that speaks Anthropic’s form is in that form', () => {
    expect(probe('model: anthropic/claude, api_key: k')).toMatchObject({
      operation: { route: '/v1/messages' },
      body: { max_tokens: 5 },
    });
  });

  it.each(['image_generation', 'audio_speech', 'video_generation', 'unheard-of', 'constructor'])(
    'is not made for the mode %s',
    (mode) => {
      expect(probe(`model: openai/m, ${SERVER}`, `mode: ${mode}`)).toContain(mode);
    },
  );

  it('asks a deployment of several models for the configured one, or is not made', () => {
    const wild = `model: "openai/*", ${SERVER}`;
    expect(probe(wild)).toContain('health_check_model');
    expect(typeof probe(wild, 'health_check_model: openai/m')).toBe('object');
    expect(
      deploymentOf(wild, {}, ', model_info: { health_check_model: openai/m }').healthCheck.model,
    ).toBe('m');
    expect(
      deploymentOf(wild, {}, ', model_info: { health_check_model: org/m }').healthCheck.model,
    ).toBe('org/m');
  });
});
