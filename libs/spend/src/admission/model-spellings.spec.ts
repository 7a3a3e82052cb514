import { settingsFromYaml } from '#libs/config';
import { modelCoverageOf, modelSpellings } from './model-spellings.js';

describe('the names of a model in limits', () => {
  it.each([
    ['fixed', [['openai', 'gpt-4o']], ['fixed', 'openai/fixed', 'openai/gpt-4o']],
    ['openai/gpt-4o', [['openai', 'gpt-4o']], ['openai/gpt-4o', 'gpt-4o']],
    [
      'chat',
      [
        ['openai', 'gpt-4o'],
        ['azure', 'eu'],
        ['openai', 'mini'],
      ],
      ['chat', 'openai/chat', 'azure/chat', 'openai/gpt-4o', 'azure/eu', 'openai/mini'],
    ],
    ['alone', [], ['alone']],
  ])('of the group %s are its own and those of its deployments', (group, models, expected) => {
    const deployments = models.map(([provider = '', upstreamModel = '']) => ({
      provider,
      upstreamModel,
    }));
    expect(modelSpellings(group, deployments)).toEqual(expected);
  });

  const covers = modelCoverageOf(
    settingsFromYaml(
      `model_list:
  - { model_name: fixed, litellm_params: { model: openai/gpt-4o-mini, api_key: k } }
  - { model_name: 'team-*-chat', litellm_params: { model: 'openai/*', api_key: k } }
  - { model_name: late, litellm_params: { model: openai/late, api_key: os.environ/LATE } }`,
      {},
    ),
  );
  it.each([
    'fixed',
    'openai/fixed',
    'openai/gpt-4o-mini',
    'f*',
    '*',
    'openai/*',
    'team-a-chat',
    'team-a*',
    '*-chat',
    'late',
  ])('cover a model of the configuration: %s', (name) => {
    expect(covers(name)).toBe(true);
  });
  it.each([
    'nonexistent',
    'fixed-2',
    'azure/fixed',
    'gpt-4o-mini',
    'x*',
    'team-a-other',
    'a*-embed',
    'latest',
  ])('cover none of the configuration: %s', (name) => {
    expect(covers(name)).toBe(false);
  });
});
