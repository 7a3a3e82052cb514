import { settingsFromYaml, type DeploymentSettings } from '#libs/config';
import { ModelRegistry, modelRegistryOf } from './model-registry.js';

const [template] = settingsFromYaml(`model_list:
  - { model_name: m, litellm_params: { model: openai/1, api_base: "http://127.0.0.1:9/v1", api_key: k } }
`).deployments;

function entry(modelGroup: string, upstreamModel: string): DeploymentSettings {
  if (template === undefined) throw new Error('a deployment is expected');
  return { ...template, modelGroup, upstreamModel };
}

function registryOf(...deployments: DeploymentSettings[]): ModelRegistry {
  return new ModelRegistry({ deployments, omittedDeployments: [], router: { aliases: [] } });
}

describe('ModelRegistry', () => {
  it('groups deployments by their public name in the order of the file', () => {
    const registry = registryOf(entry('b', '1'), entry('a', '2'), entry('b', '3'));
    expect(registry.names).toEqual(['b', 'a']);
    expect(registry.find('b')?.deployments.map(({ upstreamModel }) => upstreamModel)).toEqual([
      '1',
      '3',
    ]);
    expect(registry.find('c')).toBeNull();
  });

  it('prefers the exact name, then the pattern with the most literal characters', () => {
    const registry = registryOf(
      entry('*', 'any'),
      entry('openai/*', '*'),
      entry('openai/gpt-*', 'special'),
      entry('openai/gpt-4', 'exact'),
    );
    const upstreamOf = (model: string) => registry.find(model)?.deployments[0]?.upstreamModel;
    expect(upstreamOf('openai/gpt-4')).toBe('exact');
    expect(upstreamOf('openai/gpt-5')).toBe('special');
    expect(upstreamOf('openai/o3')).toBe('o3');
    expect(upstreamOf('else')).toBe('any');
  });

  it('answers with the same objects when a name under a wildcard is asked for again', () => {
    const registry = registryOf(entry('x/*', '*'));
    expect(registry.find('x/1')).toBe(registry.find('x/1'));
  });

  it('does not list a group whose deployments were all left out, but knows its name', () => {
    const registry = modelRegistryOf(
      settingsFromYaml(`model_list:
  - { model_name: a, litellm_params: { model: openai/1, api_base: "http://127.0.0.1:9/v1", api_key: k } }
  - { model_name: gone, litellm_params: { model: openai/2, api_key: os.environ/UNSET_KEY } }
`),
    );
    expect(registry.names).toEqual(['a']);
    expect(registry.find('gone')).toMatchObject({ name: 'gone', deployments: [] });
  });
});
