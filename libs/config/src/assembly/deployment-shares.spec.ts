import { deploymentOf } from '#support/deployment-settings';
import { settingsFromYaml } from '../load-settings.js';

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
      return [only?.timeoutSeconds, only?.firstByteTimeoutSeconds, only?.streamIdleTimeoutSeconds];
    };
    const router = 'router_settings: { timeout: 20, stream_timeout: 5 }';
    expect(times('', '')).toEqual([600, 600, 600]);
    expect(times('', 'litellm_settings: { request_timeout: 30 }')).toEqual([30, 30, 30]);
    expect(times('', `${router}\nlitellm_settings: { request_timeout: 30 }`)).toEqual([20, 5, 5]);
    expect(times(', timeout: 9', router)).toEqual([9, 9, 9]);
    expect(times(', timeout: 9, stream_timeout: 0.5', router)).toEqual([9, 0.5, 0.5]);
    expect(times(', stream_timeout: 9, ttft_timeout: 2', router)).toEqual([20, 2, 9]);
    expect(times(', stream_idle_timeout: 3', router)).toEqual([20, 5, 3]);
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
