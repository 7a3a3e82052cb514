import { settingsFromYaml, type Settings } from '#libs/config';
import { AUDIENCE, type IdentityProvider } from './identity-provider.js';

/** Prices of the demo's model in US dollars per token. */
export const DEMO_PRICES = { input: '0.0000025', output: '0.00001' } as const;

/** Addresses that the demo's gateway is configured with. */
export interface DemoSurroundings {
  readonly identityProvider: Pick<IdentityProvider, 'issuer' | 'jwksUrl'>;
  readonly upstreamUrl: string;
  readonly dataDir: string;
  readonly port: number;
}

/** The `config.yaml` of the demo: tokens of one issuer, people of one email domain, one model. */
function demoConfiguration(around: DemoSurroundings): string {
  return `model_list:
  - model_name: demo-model
    litellm_params:
      model: openai/demo-model
      api_base: ${around.upstreamUrl}/v1
      api_key: demo-upstream-key
      input_cost_per_token: ${DEMO_PRICES.input}
      output_cost_per_token: ${DEMO_PRICES.output}
general_settings:
  enable_jwt_auth: true
  litellm_jwtauth:
    admin_jwt_scope: litellm_proxy_admin
    user_id_jwt_field: sub
    user_email_jwt_field: email
    team_id_jwt_field: team
    org_id_jwt_field: org
    user_allowed_email_domain: acme.example
    user_id_upsert: true
gatehouse:
  data_dir: ${JSON.stringify(around.dataDir)}
`;
}

/** The settings of that configuration. */
export function demoSettings(around: DemoSurroundings): Settings {
  return settingsFromYaml(demoConfiguration(around), {
    JWT_PUBLIC_KEY_URL: around.identityProvider.jwksUrl,
    JWT_ISSUER: around.identityProvider.issuer,
    JWT_AUDIENCE: AUDIENCE,
    LOG_LEVEL: 'fatal',
    PORT: String(around.port),
  });
}
