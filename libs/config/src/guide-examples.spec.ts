import { GUIDE_EXAMPLES } from '#support/guide-examples';
import { settingsFromYaml } from './load-settings.js';

const START = `
general_settings:
  master_key: sk-1234
  enable_jwt_auth: True
`;
const ENV = { JWT_PUBLIC_KEY_URL: 'https://idp.example/realms/r/protocol/openid-connect/certs' };

/** The configurations that the published guides show, word for word. */
describe('the configurations of the JWT-auth guide load unchanged', () => {
  it('A1: with an Azure deployment, which is left out while its variables are unset', () => {
    const text = GUIDE_EXAMPLES.A1;
    expect(settingsFromYaml(text, ENV)).toMatchObject({
      masterKey: 'sk-1234',
      jwt: { enabled: true, adminScope: 'litellm_proxy_admin', claims: { isTeamSoft: true } },
      omittedDeployments: [{ modelGroup: 'azure-gpt-3.5', variable: 'AZURE_API_BASE' }],
    });
    const azure = { AZURE_API_BASE: 'https://r.openai.azure.com/', AZURE_API_KEY: 'k' };
    expect(settingsFromYaml(text, { ...ENV, ...azure }).deployments).toMatchObject([
      { dialect: 'azure-deployment', upstreamModel: '<your-deployment-name>', apiKey: 'k' },
    ]);
  });

  it('A2, A3: with a scope for administrators and claims for everybody who is billed', () => {
    const settings = settingsFromYaml(
      `${START}
  litellm_jwtauth:
    admin_jwt_scope: "litellm-proxy-admin"
    team_id_jwt_field: "client_id"
    user_id_jwt_field: "sub"
    org_id_jwt_field: "org_id"
    end_user_id_jwt_field: "customer_id"
`,
      ENV,
    );
    expect(settings.jwt).toMatchObject({
      adminScope: 'litellm-proxy-admin',
      claims: {
        teamId: { paths: ['client_id'] },
        userId: { paths: ['sub'] },
        orgId: { paths: ['org_id'] },
        endUserId: { paths: ['customer_id'] },
      },
    });
  });

  it('A4, A5: with routes for administrators and teams, and the lifetime of keys', () => {
    const settings = settingsFromYaml(
      `${START}
  litellm_jwtauth:
    admin_jwt_scope: "litellm-proxy-admin"
    admin_allowed_routes: ["/v1/embeddings"]
    team_id_jwt_field: "litellm-team"
    team_allowed_routes: ["/v1/chat/completions"]
    public_key_ttl: 600
`,
      ENV,
    );
    expect(settings.jwt).toMatchObject({
      adminAllowedRoutes: ['/v1/embeddings'],
      teamAllowedRoutes: ['/v1/chat/completions'],
      publicKeyTtlSeconds: 600,
      ordinaryAllowedRoutes: null,
    });
  });

  it('A7: with an email domain whose users are created', () => {
    const settings = settingsFromYaml(
      `${START}
  litellm_jwtauth:
    user_email_jwt_field: "email"
    user_allowed_email_domain: "my-co.com"
    user_id_upsert: true
`,
      ENV,
    );
    expect(settings.jwt).toMatchObject({
      claims: { userEmail: { paths: ['email'] } },
      allowedEmailDomains: ['my-co.com'],
      userIdUpsert: true,
    });
  });
});

describe('the configurations of the first JWT-auth guide load unchanged', () => {
  it('B1: with the routes of callers without administrator rights', () => {
    const { jwt, access } = settingsFromYaml(
      `${START}  allowed_routes: ["/chat/completions", "/embeddings"]\n`,
      ENV,
    );
    expect(jwt.ordinaryAllowedRoutes).toEqual(['/chat/completions', '/embeddings']);
    expect(access.allowedRoutes).toBeNull();
  });

  it('B2: with the scope of administrators by its first name', () => {
    const { jwt } = settingsFromYaml(
      `${START}  litellm_proxy_roles:\n    proxy_admin: "litellm-proxy-admin"\n`,
      ENV,
    );
    expect(jwt.adminScope).toBe('litellm-proxy-admin');
  });
});

const CUSTOM = GUIDE_EXAMPLES.C1;

describe('the configurations of the custom-JWT guide load unchanged', () => {
  const load = (text: string) => settingsFromYaml(text, { OPENAI_API_KEY: 'k' });

  it('C1: with a provider of one’s own', () => {
    const { jwt, deployments } = load(CUSTOM);
    expect(jwt).toMatchObject({
      enabled: true,
      clockToleranceSeconds: 30,
      publicKeyTtlSeconds: 3600,
      userIdUpsert: true,
      issuers: [
        {
          issuer: 'https://your-auth-provider.com',
          audience: { values: ['litellm-proxy'] },
          keyUrls: ['https://your-auth-provider.com/.well-known/jwks.json'],
          requiredClaims: ['sub'],
          isKeyIdRequired: true,
        },
      ],
    });
    expect(deployments).toMatchObject([{ modelGroup: 'gpt-4', upstreamModel: 'gpt-4' }]);
  });

  it('C2: with a database and callbacks', () => {
    const settings = load(`
general_settings:
  database_url: "postgresql://user:pass@localhost/litellm"
litellm_settings:
  success_callback: ["postgres"]
  failure_callback: ["postgres"]
`);
    expect(settings.databaseUrl).toBe('postgresql://user:pass@localhost/litellm');
  });

  it('C3, C4, C5: with other claims, audiences and algorithms', () => {
    const text = CUSTOM.replace('user_id: "sub"', 'user_id: "employee_id"')
      .replace('user_email: "email"', 'user_email: "work_email"')
      .replace('user_role: "role"', 'user_role: "access_level"')
      .replace('team_id: "team"', 'team_id: "department"')
      .replace('"litellm-proxy"', '["litellm-proxy", "api-gateway", "mobile-app"]')
      .replace('RS256', 'ES256');
    expect(load(text).jwt.issuers).toMatchObject([
      {
        audience: { values: ['litellm-proxy', 'api-gateway', 'mobile-app'] },
        algorithms: ['ES256'],
        claims: {
          userId: { paths: ['employee_id'] },
          userEmail: { paths: ['work_email'] },
          userRole: { paths: ['access_level'] },
          teamId: { paths: ['department'] },
        },
      },
    ]);
  });
});

describe('the configurations of the OIDC model-access guide load unchanged', () => {
  const roles = (field: string): string => `
general_settings:
  enable_jwt_auth: True
  litellm_jwtauth:
    user_roles_jwt_field: "${field}"
    user_allowed_roles: ["basic_user"]
    enforce_rbac: true
  role_permissions:
    - role: internal_user
      models: ["anthropic-claude"]
model_list:
    - model: anthropic-claude
      litellm_params:
        model: claude-3-5-haiku-20241022
    - model: openai-gpt-4o
      litellm_params:
        model: gpt-4o
`;

  it.each(['roles', 'resource_access.litellm-test-client-id.roles'])(
    'D1, D2: with a role that opens one model, read from %s',
    (field) => {
      const { jwt, deployments } = settingsFromYaml(roles(field), ENV);
      expect(jwt).toMatchObject({
        claims: { userRoles: { paths: [field] } },
        rbac: {
          enforceRole: true,
          userAllowedRoles: ['basic_user'],
          rolePermissions: [{ role: 'internal_user', models: ['anthropic-claude'], routes: null }],
        },
      });
      expect(deployments).toMatchObject([
        {
          modelGroup: 'anthropic-claude',
          provider: 'anthropic',
          apiBase: 'https://api.anthropic.com/v1',
          upstreamModel: 'claude-3-5-haiku-20241022',
        },
        { modelGroup: 'openai-gpt-4o', provider: 'openai', upstreamModel: 'gpt-4o' },
      ]);
    },
  );
});
