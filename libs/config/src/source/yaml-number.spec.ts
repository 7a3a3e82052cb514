import { settingsFromYaml } from '../load-settings.js';
import { refusalOf } from '#support/config-outcome';

const deployment = (params: string): string =>
  `model_list: [{ model_name: a, litellm_params: { model: openai/a, api_key: k, ${params} } }]`;

const timeoutOf = (written: string, env: Record<string, string> = {}): number | undefined =>
  settingsFromYaml(deployment(`timeout: ${written}`), env).deployments[0]?.timeoutSeconds;

describe('numbers of a file', () => {
  // What PyYAML, with which LiteLLM reads its file, makes of each.
  it.each([
    ['600', 600],
    ['1_000', 1000],
    ['20_000', 20_000],
    ['017', 15],
    ['0_17', 15],
    ['0x1f', 31],
    ['0b1_1', 3],
    ['1:30', 90],
    ['1:00:00', 3600],
    ['1:30.5', 90.5],
    ['1_0.5', 10.5],
    ['.5', 0.5],
    ['6.0e+2', 600],
    ['6e2', 600],
    ['6E1', 60],
    ['"600"', 600],
    ['"0600"', 600],
    ['"1_000"', 1000],
    ['+5', 5],
  ])('are read as LiteLLM reads them: %s', (written, value) => {
    expect(timeoutOf(written)).toBe(value);
  });

  it('are read from the environment as Python reads text', () => {
    expect(timeoutOf('os.environ/T', { T: '0600' })).toBe(600);
    expect(timeoutOf('os.environ/T', { T: '1_000' })).toBe(1000);
  });

  it.each(['_1', '"1:30"', '"0x_"', '1:70', '08:00x', '0b2', '_', '1e', '.'])(
    'are refused where they are none: %s',
    (written) => {
      expect(refusalOf(deployment(`timeout: ${written}`))).toContain('timeout must be a number');
    },
  );

  it('keep every digit of a price', () => {
    const prices = (written: string) =>
      settingsFromYaml(deployment(`input_cost_per_token: ${written}`)).deployments[0]?.prices;
    expect(prices('0.000_002_5')).toEqual(prices('2.5e-6'));
    expect(prices('"0.0000025"')).toEqual(prices('25e-7'));
    expect(prices('1_0.0')).toEqual(prices('10.0'));
  });
});

describe('switches of a file', () => {
  it.each(['no', 'No', 'NO', 'off', 'Off', 'false', 'False', 'FALSE'])('are off as %s', (word) => {
    expect(settingsFromYaml(`general_settings: { enable_jwt_auth: ${word} }`).jwt.enabled).toBe(
      false,
    );
    expect(() =>
      settingsFromYaml(`general_settings: { enable_oauth2_proxy_auth: ${word} }`),
    ).not.toThrow();
  });

  it.each(['yes', 'Yes', 'on', 'ON', 'True'])('are on as %s', (word) => {
    expect(
      settingsFromYaml(`general_settings: { enforce_user_param: ${word} }`).access.requireUserParam,
    ).toBe(true);
  });
});
