import type { ModelGrant } from '#libs/access';
import { SystemClock } from '#libs/common';
import { settingsFromYaml } from '#libs/config';
import { PriceBook } from '#libs/spend';
import {
  callableGroup,
  callableModels,
  callableWildcards,
  usableAccessGroups,
} from './callable-models.js';

const SERVER = 'api_base: "http://127.0.0.1:9/v1", api_key: k';
const priceBook = new PriceBook(new SystemClock());

function termsOf(entries: string, spend = '') {
  return { settings: settingsFromYaml(`model_list:\n${entries}\n${spend}`), priceBook };
}

function caller(
  grant: Partial<ModelGrant> = {},
  endUserModels: object | null = null,
  ownTags: readonly string[] = [],
) {
  return {
    models: { mayUse: () => true, ...grant },
    endUserModels: endUserModels as never,
    ownTags,
  };
}

const namesOf = (...question: Parameters<typeof callableModels>): string[] =>
  callableModels(...question).map(({ name }) => name);

describe('the models that a caller may use', () => {
  const terms = termsOf(`  - { model_name: b, litellm_params: { model: openai/1, ${SERVER} } }
  - { model_name: a, litellm_params: { model: openai/1, ${SERVER} } }
  - { model_name: b, litellm_params: { model: openai/2, ${SERVER} } }
  - { model_name: gone, litellm_params: { model: openai/1, api_key: os.environ/UNSET_KEY } }`);

  it('are each listed once, in the order of the configuration, without those that no deployment serves', () => {
    expect(namesOf(caller(), terms)).toEqual(['b', 'a']);
  });

  it('are those that the lists of the caller grant', () => {
    expect(namesOf(caller({ mayUse: (model) => model === 'a' }), terms)).toEqual(['a']);
    expect(namesOf(caller({ mayUse: () => false }), terms)).toEqual([]);
  });

  it('have a deployment in the region of the end user, or its default model has', () => {
    const regions =
      termsOf(`  - { model_name: here, litellm_params: { model: openai/1, region_name: eu, ${SERVER} } }
  - { model_name: there, litellm_params: { model: openai/1, region_name: us, ${SERVER} } }`);
    const within = (defaultModel: string | null) =>
      namesOf(caller({}, { region: 'eu', defaultModel }), regions);
    expect(within(null)).toEqual(['here']);
    expect(within('here')).toEqual(['here', 'there']);
  });

  it('are listed by their aliases as well, but for hidden ones', () => {
    const aliased = termsOf(
      `  - { model_name: real, litellm_params: { model: openai/1, ${SERVER} } }`,
      'router_settings: { model_group_alias: { shown: real, unseen: { model: real, hidden: true } } }',
    );
    expect(namesOf(caller(), aliased)).toEqual(['real', 'shown']);
    expect(callableGroup('unseen', caller(), aliased)?.name).toBe('real');
    expect(namesOf(caller({ mayUse: (model) => model === 'real' }), aliased)).toEqual(['real']);
  });

  it('have a deployment for the tags of the caller where tags decide', () => {
    const tagged = termsOf(
      `  - { model_name: paid, litellm_params: { model: openai/1, tags: [paid], ${SERVER} } }
  - { model_name: open, litellm_params: { model: openai/1, tags: [default], ${SERVER} } }`,
      'router_settings: { enable_tag_filtering: true }',
    );
    expect(namesOf(caller({}, null, ['other']), tagged)).toEqual(['open']);
    expect(namesOf(caller({}, null, ['paid']), tagged)).toContain('paid');
  });

  it('have a price where models without one are denied', () => {
    const denied = termsOf(
      `  - { model_name: priced, litellm_params: { model: openai/1, input_cost_per_token: 0.000001, ${SERVER} } }
  - { model_name: unpriced, litellm_params: { model: openai/1, ${SERVER} } }`,
      'gatehouse: { spend: { unpriced_models: deny } }',
    );
    expect(namesOf(caller(), denied)).toEqual(['priced']);
  });
});

describe('models below a wildcard group', () => {
  const provider = termsOf(
    `  - { model_name: 'own-*', litellm_params: { model: openai/*, api_key: k } }`,
  );
  const server = termsOf(
    `  - { model_name: 'x/*', litellm_params: { model: openai/*, ${SERVER} } }`,
  );

  it('are those of the price list at the provider’s own address', () => {
    const names = namesOf(caller(), provider);
    expect(names).toContain('own-gpt-4o');
    expect(names.every((name) => name.startsWith('own-') && !name.includes('*'))).toBe(true);
    const [group] = callableModels(caller(), provider).filter(({ name }) => name === 'own-gpt-4o');
    expect(group?.group.deployments[0]?.upstreamModel).toBe('gpt-4o');
  });

  it('are granted one by one', () => {
    const grant = { mayUse: (model: string) => model === 'own-gpt-4o' };
    expect(namesOf(caller(grant), provider)).toEqual(['own-gpt-4o']);
  });

  it('are those that a list of the caller names at any other server', () => {
    expect(namesOf(caller(), server)).toEqual([]);
    expect(namesOf(caller({ named: ['x/llama', 'y/llama'] }), server)).toEqual(['x/llama']);
  });

  it('have the pattern in place of names where that is asked for', () => {
    expect(callableWildcards(caller(), server)).toEqual(['x/*']);
    expect(callableWildcards(caller({ mayUse: (model) => model !== 'x/*' }), server)).toEqual([]);
  });
});

describe('access groups of a caller', () => {
  it('are those of which it may use every model', () => {
    const terms =
      termsOf(`  - { model_name: a, litellm_params: { model: openai/1, ${SERVER} }, model_info: { access_groups: [all, some] } }
  - { model_name: b, litellm_params: { model: openai/1, ${SERVER} }, model_info: { access_groups: [all] } }`);
    const grant = { mayUse: (model: string) => model === 'a' };
    expect(usableAccessGroups(caller(), terms)).toEqual(['all', 'some']);
    expect(usableAccessGroups(caller(grant), terms)).toEqual(['some']);
  });
});
