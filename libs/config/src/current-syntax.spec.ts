import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatCheckReport } from './check-report.js';
import type { IssuerSettings, JwtSettings } from './model/jwt-settings.js';
import { loadSettings, type LoadResult } from './load-settings.js';

const ENV = { JWT_PUBLIC_KEY_URL: 'https://idp.example/jwks' };
const CUSTOM = `
general_settings:
  master_key: sk-hunter2-0f4b1c9d7e2a
  custom_auth: custom_jwt_auth.jwt_auth
  jwt_settings:
    issuer: "https://your-auth-provider.com"
    audience: ["litellm-proxy", "api-gateway"]
    public_key_url: "https://your-auth-provider.com/.well-known/jwks.json"
    algorithm: "ES256"
    leeway: 30
    user_claim_mappings: { user_id: employee_id, user_role: "https://a.b/level" }
`;

function load(text: string, env: Record<string, string> = {}): Extract<LoadResult, { ok: true }> {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-current-'));
  writeFileSync(join(directory, 'config.yaml'), text);
  const result = loadSettings({ argv: {}, env, cwd: directory });
  rmSync(directory, { recursive: true });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result;
}

const formOf = (text: string, env: Record<string, string> = {}): string =>
  load(text, env).currentSyntax?.lines.join('\n') ?? '';

/** Everything but where an issuer is configured, which is what a new form changes. */
function withoutPaths({ issuers, ...rest }: JwtSettings): object {
  return {
    ...rest,
    issuers: issuers.map((entry: IssuerSettings) => ({ ...entry, configPath: '' })),
  };
}

describe('the current syntax of legacy keys', () => {
  it('of custom_auth with jwt_settings loads, and to the same settings', () => {
    const before = load(CUSTOM).settings.jwt;
    const after = load(formOf(CUSTOM)).settings.jwt;
    expect(withoutPaths(after)).toEqual(withoutPaths(before));
  });

  it('of litellm_proxy_roles loads, and to the same settings', () => {
    const text =
      'general_settings: { enable_jwt_auth: True, litellm_proxy_roles: { proxy_admin: "litellm-proxy-admin" } }';
    expect(load(formOf(text, ENV), ENV).settings.jwt).toEqual(load(text, ENV).settings.jwt);
    expect(formOf(text, ENV)).not.toContain('allowed_routes');
  });

  it('of the first guide’s allowed_routes is team_allowed_routes, and says what differs', () => {
    const text =
      'general_settings: { enable_jwt_auth: True, allowed_routes: ["/chat/completions", "/embeddings"] }';
    const form = formOf(text, ENV);
    expect(form).toMatch(/^# allowed_routes held for callers without a team, too/);
    expect(load(form, ENV).settings.jwt.teamAllowedRoutes).toEqual([
      '/chat/completions',
      '/embeddings',
    ]);
  });

  it('says what has none', () => {
    const text = CUSTOM.replace(
      'leeway: 30',
      'audience_validation: { mode: flexible, allowed_domains: [a.com] }',
    );
    expect(formOf(text)).toContain('# domain_patterns and allowed_domains have no other form');
  });

  it('is absent for a file without legacy keys', () => {
    expect(load('').currentSyntax).toBeNull();
    const modern =
      'general_settings: { enable_jwt_auth: true, litellm_jwtauth: {}, allowed_routes: [/x] }';
    expect(load(modern, ENV).currentSyntax).toBeNull();
    expect(formatCheckReport(load(modern, ENV))).not.toContain('Today');
  });

  it('is printed by check, without any secret', () => {
    const report = formatCheckReport(load(CUSTOM));
    expect(report).toContain('Today’s form of custom_auth and jwt_settings');
    expect(report).toContain('    issuers:\n');
    expect(report).not.toContain('hunter2');
  });
});
