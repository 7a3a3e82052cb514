import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refusalOf } from '#support/config-outcome';
import { loadSettings, settingsFromYaml } from '../load-settings.js';

const OMIT = { GATEHOUSE_UNSUPPORTED_DEPLOYMENTS: 'omit' };
const entry = (name: string, rest: string): string => `  - { model_name: ${name}, ${rest} }`;
const file = (...entries: readonly string[]): string => `model_list:\n${entries.join('\n')}`;
const SERVED = entry('served', 'litellm_params: { model: openai/x, api_key: k }');

const UNSUPPORTED = [
  ['a provider that is not built', 'litellm_params: { model: bedrock/amazon.nova }', 'model'],
  ['a provider that is not known', 'litellm_params: { model: unknown-provider/x }', 'model'],
  ['a model without provider', 'litellm_params: { model: some-model }', 'model'],
  [
    'a key that is not built',
    'litellm_params: { model: openai/x, mock_response: hi }',
    'mock_response',
  ],
  [
    'Azure AD',
    'litellm_params: { model: azure/x, api_base: "https://a.example", tenant_id: t }',
    'tenant_id',
  ],
  ['an address out of the environment', 'litellm_params: { model: hosted_vllm/x }', 'api_base'],
  ['a narrowing key', 'litellm_params: { model: openai/x, guardrails: [a] }', 'guardrails'],
] as const;

describe('gatehouse.unsupported_deployments', () => {
  it.each(UNSUPPORTED)('refuses by default and names the switch: %s', (_name, rest, key) => {
    const refusal = refusalOf(file(SERVED, entry('other', rest)));
    expect(refusal).toContain(`model_list[1].litellm_params.${key} `);
    expect(refusal).toContain('gatehouse.unsupported_deployments: omit');
  });

  it.each(UNSUPPORTED)('omits, with a warning, and serves the others: %s', (_name, rest, key) => {
    const { deployments, omittedDeployments, warnings } = settingsFromYaml(
      file(SERVED, entry('other', rest)),
      OMIT,
    );
    const path = `model_list[1].litellm_params.${key}`;
    expect(deployments.map(({ modelGroup }) => modelGroup)).toEqual(['served']);
    expect(omittedDeployments).toMatchObject([{ modelGroup: 'other', path }]);
    expect(omittedDeployments[0]?.reason).not.toBe('');
    expect(warnings.map(({ message }) => message).join()).toContain(`is left out: ${path}`);
  });

  it('omits by the key of the file, which the variable overrides', () => {
    const text = `${file(SERVED, entry('other', 'litellm_params: { model: bedrock/x }'))}
gatehouse: { unsupported_deployments: omit }`;
    expect(settingsFromYaml(text).omittedDeployments).toHaveLength(1);
    expect(refusalOf(text, { GATEHOUSE_UNSUPPORTED_DEPLOYMENTS: 'refuse' })).toContain(
      'model_list[1]',
    );
  });

  it.each([
    ['a value of the wrong kind', 'litellm_params: { model: bedrock/x, timeout: soon }'],
    [
      'a narrowing key in the wrong place',
      'litellm_params: { model: bedrock/x, supported_environments: [a] }',
    ],
    ['a missing model', 'litellm_params: { mock_response: hi }'],
  ])('still refuses an entry with a mistake besides: %s', (_name, rest) => {
    expect(refusalOf(file(SERVED, entry('other', rest)), OMIT)).toContain('model_list[1]');
  });

  it('still refuses a setting that narrows access outside model_list', () => {
    expect(refusalOf(`general_settings: { enforced_params: [user] }`, OMIT)).toContain(
      'general_settings',
    );
  });

  it('tells the entries of similar positions apart', () => {
    const many = Array.from({ length: 11 }, () => SERVED);
    const text = file(
      ...many.slice(0, 1),
      entry('other', 'litellm_params: { model: bedrock/x }'),
      ...many.slice(2, 10),
      entry('bad', 'litellm_params: { model: openai/x, timeout: soon }'),
    );
    const refusal = refusalOf(text, OMIT);
    expect(refusal).toContain('model_list[10].litellm_params.timeout');
    expect(refusal).not.toContain('model_list[1].');
  });

  it('reports for every key of an omitted entry that it has no effect', () => {
    const directory = mkdtempSync(join(tmpdir(), 'gatehouse-left-out-'));
    writeFileSync(
      join(directory, 'config.yaml'),
      file(SERVED, entry('other', 'litellm_params: { model: bedrock/x, timeout: 3 }')),
    );
    const { report } = loadSettings({ argv: {}, env: OMIT, cwd: directory });
    rmSync(directory, { recursive: true });
    const below = report.filter(({ path }) => path.startsWith('model_list[1]'));
    expect(below).toHaveLength(3);
    for (const { status, note } of below)
      expect([status, note]).toEqual(['ignored', 'its deployment is left out']);
  });
});
