import { refusalOf } from '#support/config-outcome';
import { settingsFromYaml } from '../load-settings.js';

const LIST = `credential_list:
  - credential_name: eu
    credential_values: { api_base: 'https://eu.example/v1', api_key: os.environ/EU_KEY }
    credential_info: { owner: platform }
  - credential_name: azure
    credential_values: { api_base: 'https://r.openai.azure.com', api_key: k, api_version: '2024-10-21' }
`;
const models = (params: string): string =>
  `${LIST}model_list: [{ model_name: a, litellm_params: { ${params} } }]`;
const deployment = (params: string) =>
  settingsFromYaml(models(params), { EU_KEY: 'secret' }).deployments[0];

describe('credential_list', () => {
  it.each([
    [
      'model: openai/x, litellm_credential_name: eu',
      { apiBase: 'https://eu.example/v1', apiKey: 'secret' },
    ],
    [
      'model: azure/x, litellm_credential_name: azure',
      { dialect: 'azure-deployment', apiVersion: '2024-10-21', apiKey: 'k' },
    ],
    [
      'model: openai/x, litellm_credential_name: eu, api_key: own',
      { apiBase: 'https://eu.example/v1', apiKey: 'own' },
    ],
  ])('gives its values to the entries that name it, whose own keys win: %s', (params, expected) => {
    expect(deployment(params)).toMatchObject(expected);
  });

  it.each([
    [models('model: openai/x, litellm_credential_name: us'), 'litellm_credential_name'],
    [
      'model_list: [{ model_name: a, litellm_params: { model: openai/x, litellm_credential_name: eu } }]',
      'litellm_credential_name',
    ],
    [
      'credential_list: [{ credential_values: { api_key: k } }]',
      'credential_list[0].credential_name is missing',
    ],
    ['credential_list: [{ credential_name: a }, { credential_name: a }]', 'given twice'],
    ['credential_list: { a: b }', 'credential_list must be a list'],
  ])('refuses %s', (text, named) => {
    expect(refusalOf(text, { EU_KEY: 'secret' })).toContain(named);
  });

  it('evaluates the values as keys of the entry', () => {
    const text = models('model: openai/x, litellm_credential_name: eu').replace(
      "'https://eu.example/v1'",
      'eu.example',
    );
    expect(refusalOf(text, { EU_KEY: 'secret' })).toContain(
      'model_list[0].litellm_params.api_base',
    );
  });
});
