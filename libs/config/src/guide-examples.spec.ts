import { settingsFromYaml } from './load-settings.js';

const START = `
general_settings:
  master_key: sk-1234
  enable_jwt_auth: True
`;
const ENV = { JWT_PUBLIC_KEY_URL: 'https://idp.example/realms/r/protocol/openid-connect/certs' };

/** The configurations that LiteLLM's JWT-auth guide shows, word for word. */
describe('the configurations of the JWT-auth guide load unchanged', () => {
  it('with an Azure deployment, which is left out while its variables are unset', () => {
    const text = `${START}
model_list:
- model_name: azure-gpt-3.5
  litellm_params:
      model: azure/<your-deployment-name>
      api_base: os.environ/AZURE_API_BASE
      api_key: os.environ/AZURE_API_KEY
      api_version: "2023-07-01-preview"
`;
    expect(settingsFromYaml(text, ENV)).toMatchObject({
      masterKey: 'sk-1234',
      jwt: { enabled: true },
      omittedDeployments: [{ modelGroup: 'azure-gpt-3.5', variable: 'AZURE_API_BASE' }],
    });
    const azure = { AZURE_API_BASE: 'https://r.openai.azure.com/', AZURE_API_KEY: 'k' };
    expect(settingsFromYaml(text, { ...ENV, ...azure }).deployments).toMatchObject([
      { dialect: 'azure-deployment', upstreamModel: '<your-deployment-name>', apiKey: 'k' },
    ]);
  });

  it('with claims, routes, key lifetimes and an email domain', () => {
    const settings = settingsFromYaml(
      `${START}
  litellm_jwtauth:
    admin_jwt_scope: "litellm-proxy-admin"
    team_id_jwt_field: "client_id"
    user_id_jwt_field: "sub"
    org_id_jwt_field: "org_id"
    end_user_id_jwt_field: "customer_id"
    admin_allowed_routes: ["/v1/embeddings"]
    team_allowed_routes: ["/v1/chat/completions"]
    public_key_ttl: 600
    user_email_jwt_field: "email"
    user_allowed_email_domain: "my-co.com"
    user_id_upsert: true
`,
      ENV,
    );
    expect(settings.jwt).toMatchObject({
      adminScope: 'litellm-proxy-admin',
      teamIdField: 'client_id',
      userIdField: 'sub',
      orgIdField: 'org_id',
      endUserIdField: 'customer_id',
      adminAllowedRoutes: ['/v1/embeddings'],
      teamAllowedRoutes: ['/v1/chat/completions'],
      publicKeyTtlSeconds: 600,
      userEmailField: 'email',
      allowedEmailDomains: ['my-co.com'],
      userIdUpsert: true,
    });
  });
});
