import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runGatehouse, temporaryDirectory } from '#support/gateway-process';
import { MASTER_KEY } from '#support/gateway';

jest.setTimeout(120_000);

const MODEL = 'model_name: a, litellm_params: { model: openai/a, api_key: k }';
const FILES = [
  [
    'litellm_settings: { default_internal_user_params: { models: [no-default-models] } }',
    'user/new',
  ],
  [
    'litellm_settings: { key_generation_settings: { personal_key_generation: {} } }',
    '/key/generate',
  ],
  ['gatehous: { policies: [] }', 'Did you mean "gatehouse"?'],
  ['litellm_settings: { user_allowed_email_domain: acme.example }', 'litellm_jwtauth'],
  [
    'litellm_settings: { general_settings: { allowed_routes: [/v1/models] } }',
    'Write it below general_settings',
  ],
  ['teams: [{ team_id: x, models: [m] }]', 'POST /team/new'],
] as const;

describe('a configuration with a setting that narrows access and is not honoured', () => {
  it.each(FILES)(
    'refuses the start and the check with 78 and says what to write: %s',
    async (lines, remedy) => {
      const directory = await temporaryDirectory();
      const file = join(directory.path, 'config.yaml');
      writeFileSync(
        file,
        `${lines}\ngeneral_settings: { master_key: ${MASTER_KEY} }\nmodel_list: [{ ${MODEL} }]\n`,
      );
      const check = await runGatehouse(['check', '--config', file]);
      const start = await runGatehouse(['serve', '--config', file]);
      expect([check.code, start.code]).toEqual([78, 78]);
      expect(check.stdout).toContain(remedy);
      expect(start.stderr).toContain(remedy);
      directory.remove();
    },
  );
});
