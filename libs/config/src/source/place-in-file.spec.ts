import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placesIn, placesInFiles } from './place-in-file.js';

const TEXT = `# a comment
model_list:
  - model_name: gpt-4o
    litellm_params:
      model: openai/gpt-4o
      api_key: a-secret
  - { model_name: other, litellm_params: { model: nope/other } }
general_settings:
  enable_jwt_auth: true
  litellm_jwtauth:
    team_ids_jwt_field: [a,
      b]
`;

describe('a place in a configuration file', () => {
  const placeOf = placesIn(TEXT);

  it.each([
    ['model_list[0].litellm_params.model', 'line 5, model gpt-4o'],
    ['model_list[0].litellm_params.missing', 'line 5, model gpt-4o'],
    ['model_list[1].litellm_params.model', 'line 7, model other'],
    ['general_settings.enable_jwt_auth', 'line 9'],
    ['general_settings.litellm_jwtauth.team_ids_jwt_field[1]', 'line 12'],
    ['JWT_AUDIENCE', ''],
    ['gatehouse.spend', ''],
  ])('of %s is "%s"', (path, place) => {
    expect(placeOf(path)).toBe(place);
  });

  it.each(['', 'a: [', '- 1\n- 2', 'a: &x {}\nb: *y', 'just text', 'model_list: 3'])(
    'is found or not, without a failure, in %j',
    (text) => {
      expect(() => placesIn(text)('model_list[0].litellm_params.model')).not.toThrow();
    },
  );
});

describe('a place in a configuration of several files', () => {
  const main = `include: [models.yaml, more/general.yaml]
model_list:
  - model_name: a
    litellm_params: { model: openai/a }
gatehouse:
  spend: { client_abort: drain }
router_settings:
`;
  const models = `# models
model_list:
  - model_name: b
    litellm_params:
      model: nope/b
  - model_name: c
    litellm_params: { model: nope/c }
`;
  const general = `general_settings:
  enable_jwt_auth: maybe
router_settings: { num_retries: x }
model_list:
  - model_name: d
`;
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-places-'));
  mkdirSync(join(directory, 'more'));
  writeFileSync(join(directory, 'config.yaml'), main);
  writeFileSync(join(directory, 'models.yaml'), models);
  writeFileSync(join(directory, 'more/general.yaml'), general);
  const placeOf = placesInFiles(join(directory, 'config.yaml'));

  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  it.each([
    ['model_list[0].litellm_params.model', 'line 4, model a'],
    ['model_list[1].litellm_params.model', 'models.yaml, line 5, model b'],
    ['model_list[2].litellm_params.api_key', 'models.yaml, line 7, model c'],
    ['model_list[3].litellm_params', 'more/general.yaml, line 5, model d'],
    ['model_list[9]', 'line 3'],
    ['general_settings.enable_jwt_auth', 'more/general.yaml, line 2'],
    ['router_settings.num_retries', 'more/general.yaml, line 3'],
    ['gatehouse.spend.client_abort', 'line 6'],
    ['include[1]', 'line 1'],
    ['include[1].general_settings', 'more/general.yaml, line 2'],
    ['JWT_AUDIENCE', ''],
  ])('of %s is "%s"', (path, place) => {
    expect(placeOf(path)).toBe(place);
  });

  it('is found without the included files that are not there', () => {
    writeFileSync(join(directory, 'alone.yaml'), 'include: gone.yaml\nmodel_list: [{ a: 1 }]\n');
    const alone = placesInFiles(join(directory, 'alone.yaml'));
    expect(alone('model_list[0].a')).toBe('line 2');
    expect(alone('include')).toBe('line 1');
  });
});
