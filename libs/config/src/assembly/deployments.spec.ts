import { parseDecimal } from '#libs/common';
import { deploymentOf, withParams } from '#support/deployment-settings';
import { settingsFromYaml } from '../load-settings.js';

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
      'model: openai/x, input_cost_per_token: 2.5, vector_store_cost_per_gb_per_day: 0.01',
    )
      .warnings.map(({ path, message }) => `${path} ${message}`)
      .join('\n');
    expect(warnings).toMatch(/a cent or more/);
    expect(warnings).toMatch(/vector_store_cost_per_gb_per_day/);
  });
});
