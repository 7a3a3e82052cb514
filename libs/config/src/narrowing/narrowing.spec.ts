import { refusalOf, warningsOf } from '#support/config-outcome';
import { configJsonSchema } from '../json-schema.js';
import {
  NARROWING_SETTINGS,
  VARIABLES_SECTION,
  type NarrowingSetting,
} from './narrowing-settings.js';

const rows = NARROWING_SETTINGS.filter(({ section }) => section !== VARIABLES_SECTION);
const ordinary = ['general_settings', 'litellm_settings', 'router_settings'];
const sections = [
  '',
  ...ordinary,
  'model_list[]',
  'model_list[].litellm_params',
  'model_list[].model_info',
  'general_settings.litellm_jwtauth',
  'gatehouse',
  'gatehouse.jwt',
];

/** A file with one key in one section, as YAML flow text, and the path of the key. */
function fileWith(section: string, key: string, value: string): { text: string; path: string } {
  const model = 'model_name: a, litellm_params: { model: openai/a, api_key: k }';
  const member = `${key}: ${value}`;
  if (section === '') return { text: `{ ${member} }`, path: key };
  if (section.startsWith('model_list[]')) {
    const inner = section.split('.')[1];
    const params = inner === 'litellm_params' ? `, ${member}` : '';
    const info = inner === 'model_info' ? `, model_info: { ${member} }` : '';
    const own = inner === undefined ? `, ${member}` : '';
    const entry = `{ model_name: a${own}, litellm_params: { model: openai/a, api_key: k${params} }${info} }`;
    return { text: `model_list: [${entry}]`, path: `${section.replace('[]', '[0]')}.${key}` };
  }
  const nested = section
    .split('.')
    .reduceRight((inner, name) => `{ ${name}: ${inner} }`, `{ ${member} }`);
  return {
    text: `${nested.slice(1, -1).trim()}\nmodel_list: [{ ${model} }]`,
    path: `${section}.${key}`,
  };
}

const sampleOf = ({ values, members }: NarrowingSetting): string =>
  members === undefined ? `[${values?.[0] ?? 'x'}]` : `[{ ${members[0] ?? ''}: [x] }]`;
const linesOf = (text: string): readonly string[] => {
  try {
    return refusalOf(text).split('\n');
  } catch {
    return [];
  }
};

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

/** Whether the description of the configuration has a key at a path. */
function isDescribed({ section, key }: NarrowingSetting): boolean {
  const steps = section === '' ? [] : section.split('.');
  let node: SchemaNode | undefined = configJsonSchema();
  for (const step of steps) {
    node = node?.properties?.[step.replace('[]', '')];
    if (step.endsWith('[]')) node = node?.items;
  }
  return node?.properties?.[key] !== undefined;
}

describe('a setting that narrows access', () => {
  const refused = rows.filter(({ state }) => state === 'refused');

  it.each(refused.map((row) => [`${row.section}.${row.key}`, row] as const))(
    'refuses the start where it is not built, with what to write: %s',
    (_name, row) => {
      const { text, path } = fileWith(row.section, row.key, sampleOf(row));
      const refusal = `${path} narrows access, and this version of Gatehouse does not do it. ${row.remedy}`;
      expect(linesOf(text).some((line) => line.startsWith(refusal))).toBe(true);
    },
  );

  it.each(refused.map((row) => [`${row.section}.${row.key}`, row] as const))(
    'is accepted while it narrows nothing: %s',
    (_name, row) => {
      for (const value of ['null', 'false', 'no', 'OFF', '""', '{}']) {
        const { text } = fileWith(row.section, row.key, value);
        expect(() => warningsOf(text)).not.toThrow();
      }
    },
  );

  it.each(
    rows
      .filter(({ state }) => state === 'honoured')
      .map((row) => [`${row.section}.${row.key}`, row] as const),
  )('is described where it is honoured: %s', (_name, row) => {
    expect(isDescribed(row)).toBe(true);
  });

  it.each(rows.filter(({ state }) => state === 'met').map((row) => [row.key, row] as const))(
    'is accepted where it is met, and says why: %s',
    (_name, row) => {
      expect(row.remedy).not.toBe('');
      expect(() => warningsOf(fileWith(row.section, row.key, '[x]').text)).not.toThrow();
    },
  );

  const narrowing = rows.filter(({ state }) => state !== 'met');
  const homesOf = (key: string): string[] =>
    rows.filter((row) => row.key === key).map(({ section }) => section);

  it.each(narrowing.map((row) => [`${row.section}.${row.key}`, row] as const))(
    'refuses the start in every other section, with where to write it: %s',
    (_name, row) => {
      const homes = homesOf(row.key);
      for (const section of sections) {
        if (homes.includes(section) || isDescribed({ ...row, section })) continue;
        const { text, path } = fileWith(section, row.key, sampleOf(row));
        const line = linesOf(text).find((one) => one.startsWith(`${path} `));
        expect(line).toContain('stands in the wrong place');
        expect(homes.some((home) => line?.includes(home === '' ? 'top level' : home))).toBe(true);
      }
    },
  );

  it('has one row for each section', () => {
    const places = NARROWING_SETTINGS.map(({ section, key }) => `${section}.${key}`);
    expect(new Set(places).size).toBe(places.length);
  });
});

describe('a misspelt setting that narrows access', () => {
  it.each([
    [
      'litellm_settings: { default_internal_user_param: { models: [a] } }',
      'default_internal_user_params',
    ],
    [
      'litellm_settings: { upper_bound_key_generate_params: { max_budget: 1 } }',
      'upperbound_key_generate_params',
    ],
    ['general_settings: { admin_only_route: [/x] }', 'admin_only_routes'],
    ['general_settings: { user_allowed_email_domains: a.example }', 'user_allowed_email_domain'],
    ['router_settings: { enable_tags_filtering: true }', 'enable_tag_filtering'],
    ['guardrail: [{ guardrail_name: a }]', 'guardrails'],
    [
      fileWith('model_list[].model_info', 'supported_environment', '[x]').text,
      'supported_environments',
    ],
    [fileWith('model_list[].model_info', 'team-idd', 'x').text, 'team_id'],
  ])('refuses the start where unknown keys are only warned about: %s', (text, near) => {
    expect(refusalOf(text)).toContain(`Did you mean "${near}"?`);
  });

  it.each([
    fileWith('model_list[].model_info', 'owner', 'me').text,
    fileWith('model_list[].model_info', 'tags', '[x]').text,
    'litellm_settings: { default_team_settings: [{ team_id: a, success_callback: [langfuse] }] }',
    'litellm_settings: { callbacks: [prometheus], success_callback: [langfuse] }',
    'general_settings: { ui_access_mode: all, allowed_file_extensions: [pdf] }',
  ])('is not seen in what only resembles it, or narrows nothing: %s', (text) => {
    expect(() => warningsOf(text)).not.toThrow();
  });
});

describe('variables that narrow access', () => {
  it.each(['DISABLE_LLM_API_ENDPOINTS', 'DISABLE_ADMIN_ENDPOINTS'])(
    'refuse the start: %s',
    (name) => {
      expect(refusalOf('', { [name]: 'True' })).toContain('general_settings.allowed_routes');
      expect(refusalOf(`environment_variables: { ${name}: "1" }`)).toContain(name);
      expect(() => warningsOf('', { [name]: 'false' })).not.toThrow();
    },
  );
});
