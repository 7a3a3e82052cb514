import { settingsFromYaml, type Settings } from '#libs/config';
import { refusalOf } from '#support/config-outcome';

const MODELS = `model_list:
  - { model_name: a, litellm_params: { model: openai/a, api_key: k } }
  - { model_name: b, litellm_params: { model: openai/b, api_key: k }, model_info: { id: dep-b } }
`;
const routerOf = (text: string): Settings['router'] => settingsFromYaml(MODELS + text).router;
const warningsOf = (text: string): string =>
  JSON.stringify(settingsFromYaml(MODELS + text).warnings);

describe('fallbacks', () => {
  it.each([
    ['a list of mappings', '[{ a: [b, dep-b] }, { b: a }]'],
    ['one mapping', '{ a: [b, dep-b], b: [a] }'],
    ['several entries in one mapping of a list', '[{ a: [b, dep-b], b: a }]'],
  ])('may be %s', (_form, written) => {
    for (const section of ['router_settings', 'litellm_settings'])
      expect(routerOf(`${section}: { fallbacks: ${written} }`).fallbacks).toEqual({
        general: [
          { model: 'a', fallbacks: ['b', 'dep-b'] },
          { model: 'b', fallbacks: ['a'] },
        ],
        contextWindow: [],
        contentPolicy: [],
        most: 5,
      });
  });

  it('have those of every model last, and keep their kinds', () => {
    const { fallbacks } =
      routerOf(`litellm_settings: { default_fallbacks: b, fallbacks: [{ b: a }] }
router_settings: { context_window_fallbacks: [{ a: b }], content_policy_fallbacks: { b: [a] }, max_fallbacks: 2 }`);
    expect(fallbacks).toEqual({
      general: [
        { model: 'b', fallbacks: ['a'] },
        { model: '*', fallbacks: ['b'] },
      ],
      contextWindow: [{ model: 'a', fallbacks: ['b'] }],
      contentPolicy: [{ model: 'b', fallbacks: ['a'] }],
      most: 2,
    });
  });

  it('of the router win over those of the library', () => {
    const both = 'litellm_settings: { fallbacks: [{ a: b }] }\nrouter_settings: { fallbacks: [] }';
    expect(routerOf(both).fallbacks.general).toEqual([]);
  });

  it('that lead to no model are warned about, and not repeated', () => {
    const warnings = warningsOf('router_settings: { fallbacks: [{ a: [nowhere, dep-b] }] }');
    expect(warnings).toContain('names 1 model that model_list does not have');
    expect(warnings).not.toContain('nowhere');
    expect(warningsOf('router_settings: { fallbacks: [{ a: [b, dep-b] }] }')).not.toContain(
      'fallbacks',
    );
  });

  it.each(['7', '[[b]]', '[{ a: { b: c } }]', '{ a: [{ b: c }] }'])(
    'are refused as %s',
    (written) => {
      expect(refusalOf(`${MODELS}router_settings: { fallbacks: ${written} }`)).toContain(
        'router_settings.fallbacks',
      );
    },
  );
});

describe('aliases', () => {
  it('may be names or mappings, and those of the library come first', () => {
    const { aliases } = routerOf(`litellm_settings: { model_alias_map: { x: y, same: a } }
router_settings: { model_group_alias: { y: { model: b, hidden: true }, same: b } }`);
    expect(aliases).toEqual([
      { name: 'x', model: 'b', isHidden: false },
      { name: 'same', model: 'a', isHidden: false },
      { name: 'y', model: 'b', isHidden: true },
    ]);
  });

  it('of no model are warned about', () => {
    expect(warningsOf('router_settings: { model_group_alias: { x: nowhere } }')).toContain(
      'has 1 alias of a model that is not in model_list',
    );
  });
});

describe('filters of deployments', () => {
  it('are off unless they are asked for', () => {
    expect(routerOf('').filters).toEqual({
      tags: null,
      tagPrefix: '',
      isContextChecked: false,
    });
    expect(routerOf('router_settings: { tag_filtering_match_any: false }').filters.tags).toBeNull();
  });

  it.each([
    ['true', 'any'],
    ['false', 'all'],
  ])('compare tags (tag_filtering_match_any: %s)', (any, tags) => {
    const written = `router_settings: { enable_tag_filtering: true, tag_filtering_match_any: ${any}, enable_pre_call_checks: true, tag_routing_prefix: 'route:' }`;
    expect(routerOf(written).filters).toEqual({
      tags,
      tagPrefix: 'route:',
      isContextChecked: true,
    });
  });
});
