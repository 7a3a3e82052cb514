import { settingsFromYaml } from '#libs/config';
import { unpricedWarnings } from './unpriced-warnings.js';

const MODELS = `
model_list:
  - { model_name: gpt, litellm_params: { model: openai/gpt-4o, api_key: k } }
  - { model_name: free, litellm_params: { model: openai/x, api_base: http://127.0.0.1:9, api_key: k, input_cost_per_token: 0, output_cost_per_token: 0 } }
  - { model_name: local, litellm_params: { model: openai/x, api_base: http://127.0.0.1:9, api_key: k } }
  - { model_name: local, litellm_params: { model: openai/y, api_base: http://127.0.0.1:9, api_key: k } }
  - { model_name: other, litellm_params: { model: openai/z, api_base: http://127.0.0.1:9, api_key: k } }
`;
const warningsOf = (more = '') => unpricedWarnings(settingsFromYaml(`${MODELS}${more}`));

describe('deployments without a known price', () => {
  it('are named in one warning, each model group once; free and listed ones are not', () => {
    const [warning, ...others] = warningsOf();
    expect(others).toEqual([]);
    expect(warning?.path).toBe('model_list');
    expect(warning?.message).toContain('without a known price: local, other. ');
  });

  it.each(['{ spend: { unpriced_models: deny } }', '{ budgets: { unpriced_models: deny } }'])(
    'are not warned of where the configuration refuses them: %s',
    (gatehouse) => {
      expect(warningsOf(`gatehouse: ${gatehouse}`)).toEqual([]);
    },
  );
});
