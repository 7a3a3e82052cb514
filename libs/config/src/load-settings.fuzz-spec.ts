import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { anyText, damaged, describeFuzzTarget } from '#support/fuzz';
import { settingsFromYaml } from './load-settings.js';

const EXAMPLE = readFileSync(
  join(import.meta.dirname, '../../../config/gatehouse.example.yaml'),
  'utf8',
);
const SECRET = 'sk-canary-8f3b2c51d0a94e7f';
const SMALL = `
model_list:
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_key: ${SECRET} }
general_settings:
  master_key: ${SECRET}
  enable_jwt_auth: true
  litellm_jwtauth:
    team_ids_jwt_field: groups
    role_mappings: [{ role: a, internal_role: team }]
    issuers: [{ issuer: https://a.example, audience: [x] }]
gatehouse:
  jwt: { clock_tolerance_seconds: 5 }
`;
const PIECES = [
  '\n',
  '  ',
  ': ',
  '- ',
  '{',
  '[',
  '&a ',
  '*a',
  '!!js ',
  '"',
  "'",
  '__proto__: 1\n',
  '1e999',
];

describeFuzzTarget({
  name: 'config',
  inputs: fc.oneof(anyText(), damaged(SMALL, PIECES), damaged(EXAMPLE, PIECES)),
  holds: (yaml) => {
    const problem = problemOf(yaml);
    if (problem === null) return;
    expect(problem).toMatch(/^the configuration is refused:\n/);
    expect(problem).not.toContain(SECRET);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  },
});

function problemOf(yaml: string): string | null {
  try {
    settingsFromYaml(yaml, { JWT_PUBLIC_KEY_URL: 'https://issuer.example/jwks' });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
