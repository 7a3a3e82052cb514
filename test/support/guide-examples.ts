/** Configurations that LiteLLM's published guides show, word for word; what each promises stands in the tests. */
export const GUIDE_EXAMPLES = {
  /** The JWT-auth guide: tokens beside the master key. */
  A1: `general_settings:
  master_key: sk-1234
  enable_jwt_auth: True
model_list:
- model_name: azure-gpt-3.5
  litellm_params:
      model: azure/<your-deployment-name>
      api_base: os.environ/AZURE_API_BASE
      api_key: os.environ/AZURE_API_KEY
      api_version: "2023-07-01-preview"
`,
  /** Another scope of administrators. */
  A2: `general_settings:
  master_key: sk-1234
  enable_jwt_auth: True
  litellm_jwtauth:
    admin_jwt_scope: "litellm-proxy-admin"
`,
  /** Everybody who is billed. */
  A3: `general_settings:
  master_key: sk-1234
  enable_jwt_auth: True
  litellm_jwtauth:
    admin_jwt_scope: "litellm-proxy-admin"
    team_id_jwt_field: "client_id"
    user_id_jwt_field: "sub"
    org_id_jwt_field: "org_id"
    end_user_id_jwt_field: "customer_id"
`,
  /** Routes of administrators and of teams. */
  A4: `general_settings:
  master_key: sk-1234
  enable_jwt_auth: True
  litellm_jwtauth:
    admin_jwt_scope: "litellm-proxy-admin"
    admin_allowed_routes: ["/v1/embeddings"]
    team_id_jwt_field: "litellm-team"
    team_allowed_routes: ["/v1/chat/completions"]
`,
  /** One email domain. */
  A7: `general_settings:
  master_key: sk-1234
  enable_jwt_auth: True
  litellm_jwtauth:
    user_email_jwt_field: "email"
    user_allowed_email_domain: "my-co.com"
    user_id_upsert: true
`,
  /** The first guide: routes of callers that are not administrators. */
  B1: `general_settings:
  master_key: sk-1234
  enable_jwt_auth: True
  allowed_routes: ["/chat/completions", "/embeddings"]
`,
  /** The scope of administrators by its first name. */
  B2: `general_settings:
  master_key: sk-1234
  enable_jwt_auth: True
  litellm_proxy_roles:
    proxy_admin: "litellm-proxy-admin"
`,
  /** The custom-JWT guide: a provider of one's own. */
  C1: `general_settings:
  custom_auth: custom_jwt_auth.jwt_auth
  jwt_settings:
    issuer: "https://your-auth-provider.com"
    audience: "litellm-proxy"
    public_key_url: "https://your-auth-provider.com/.well-known/jwks.json"
    algorithm: "RS256"
    leeway: 30
    user_claim_mappings:
      user_id: "sub"
      user_email: "email"
      user_role: "role"
      team_id: "team"
model_list:
  - model_name: gpt-4
    litellm_params:
      model: openai/gpt-4
      api_key: os.environ/OPENAI_API_KEY
`,
  /** A database for costs and users. */
  C2: `general_settings:
  database_url: "postgresql://user:pass@localhost/litellm"
litellm_settings:
  success_callback: ["postgres"]
  failure_callback: ["postgres"]
`,
  /** The OIDC model-access guide: a role that opens one model. */
  D1: `general_settings:
  enable_jwt_auth: True
  litellm_jwtauth:
    user_roles_jwt_field: "roles"
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
`,
} as const;

/** The model list of A1, which the guide's other configurations are shown without. */
export const GUIDE_MODELS = GUIDE_EXAMPLES.A1.slice(GUIDE_EXAMPLES.A1.indexOf('model_list:'));

/** The only model of {@link GUIDE_MODELS}. */
export const GUIDE_MODEL = 'azure-gpt-3.5';

/**
 * The configuration with the address of an upstream beside each model that has none, as one that is tried out needs,
 * and with a price, because list prices hold at the vendors' own addresses alone.
 * @param text one of {@link GUIDE_EXAMPLES}
 */
export function withApiBase(text: string, apiBase: string): string {
  const added = [
    `api_base: ${apiBase}`,
    'input_cost_per_token: 0.000001',
    'output_cost_per_token: 0.000002',
  ];
  return text.replaceAll(
    /^( +)(model: \S+)$/gm,
    ['$1$2', ...added.map((line) => `$1${line}`)].join('\n'),
  );
}
