import { settingsFromYaml, type Settings } from '#libs/config';

const read = (checks: string, entry = 'rpm: 9.5, max_parallel_requests: 3'): Settings =>
  settingsFromYaml(`model_list:
  - { model_name: m, litellm_params: { model: openai/m, api_key: k, ${entry} }, tpm: 500 }
router_settings: { ${checks} }
`);

describe('the limits of deployments', () => {
  it('are rpm and tpm where the check of LiteLLM asks for it, and shares alone elsewhere', () => {
    const limitsOf = (checks: string): unknown => read(checks).deployments[0]?.limits;
    const shares = { requestsPerMinute: null, tokensPerMinute: null, maxParallelRequests: 3 };
    expect(limitsOf('num_retries: 1')).toEqual(shares);
    expect(limitsOf('optional_pre_call_checks: [prompt_caching]')).toEqual(shares);
    const enforced = { requestsPerMinute: 9, tokensPerMinute: 500, maxParallelRequests: 3 };
    expect(limitsOf('optional_pre_call_checks: [enforce_model_rate_limits]')).toEqual(enforced);
  });

  it('come with a warning for each other check', () => {
    const checks = 'optional_pre_call_checks: [prompt_caching, enforce_model_rate_limits]';
    const warnings = JSON.stringify(read(checks).warnings);
    expect(warnings).toContain('names prompt_caching');
    expect(warnings).not.toContain('names enforce_model_rate_limits');
  });

  it('give deployments without max_parallel_requests the default', () => {
    const limitOf = (entry: string): unknown =>
      read('default_max_parallel_requests: 7', entry).deployments[0]?.limits.maxParallelRequests;
    expect([limitOf('rpm: 1'), limitOf('max_parallel_requests: 3')]).toEqual([7, 3]);
  });
});
