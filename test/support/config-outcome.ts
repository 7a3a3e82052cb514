import { settingsFromYaml, type Settings } from '#libs/config';

/** Variables that name an identity provider completely, so that nothing is warned about. */
export const IDENTITY_PROVIDER = {
  JWT_PUBLIC_KEY_URL: 'https://idp.example/jwks',
  JWT_AUDIENCE: 'gatehouse',
  JWT_ISSUER: 'https://idp.example',
};

/** The message of a refusal; fails the test where the text is accepted. */
export function refusalOf(text: string, env: Record<string, string> = {}, host?: string): string {
  try {
    settingsFromYaml(text, env, host === undefined ? {} : { host });
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  throw new Error('accepted');
}

/** Every warning of an accepted text, as path and message. */
export function warningsOf(text: string, env: Record<string, string> = {}): string[] {
  return settingsFromYaml(text, env).warnings.map(({ path, message }) => `${path} ${message}`);
}

/** Settings with these lines below `general_settings.litellm_jwtauth`, of an identity provider that is named completely. */
export function withJwtAuth(lines: string, more = ''): Settings {
  return settingsFromYaml(jwtAuthText(lines, more), IDENTITY_PROVIDER);
}

/** The text that {@link withJwtAuth} reads. */
export function jwtAuthText(lines: string, more = ''): string {
  return `general_settings: { enable_jwt_auth: true, master_key: sk-0f4b1c9d7e2a8b3c6d5e, ${more} litellm_jwtauth: { ${lines} } }
model_list: [{ model_name: m, litellm_params: { model: openai/m, api_key: k } }]`;
}
