import { placesIn } from './place-in-file.js';

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
