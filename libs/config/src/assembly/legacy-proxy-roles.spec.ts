import { IDENTITY_PROVIDER, refusalOf } from '#support/config-outcome';
import { settingsFromYaml } from '../load-settings.js';

const load = (lines: string) =>
  settingsFromYaml(`general_settings: { enable_jwt_auth: true, ${lines} }`, IDENTITY_PROVIDER);
const ROUTES = 'allowed_routes: [/chat/completions, /embeddings]';

describe('allowed_routes', () => {
  it('binds tokens without administrator rights where litellm_jwtauth is absent', () => {
    const { jwt, access } = load(ROUTES);
    expect(jwt.ordinaryAllowedRoutes).toEqual(['/chat/completions', '/embeddings']);
    expect(jwt.teamAllowedRoutes).toEqual(['/chat/completions', '/embeddings']);
    expect(access.allowedRoutes).toBeNull();
  });

  it('is all that is served where litellm_jwtauth stands, empty as it may be', () => {
    const { jwt, access } = load(`${ROUTES}, litellm_jwtauth: {}`);
    expect(jwt.ordinaryAllowedRoutes).toBeNull();
    expect(access.allowedRoutes).toEqual(['/chat/completions', '/embeddings']);
  });

  it('is all that is served where tokens are not accepted', () => {
    const { jwt, access } = settingsFromYaml(`general_settings: { ${ROUTES} }`);
    expect(jwt.ordinaryAllowedRoutes).toBeNull();
    expect(access.allowedRoutes).toHaveLength(2);
  });
});

describe('litellm_proxy_roles', () => {
  it('names the scope of administrators, by its first name or its present one', () => {
    const scope = (lines: string): string =>
      load(`litellm_proxy_roles: { ${lines} }`).jwt.adminScope;
    expect(scope('proxy_admin: boss, proxy_user: caller')).toBe('boss');
    expect(scope('admin_jwt_scope: boss')).toBe('boss');
    expect(scope('')).toBe('litellm_proxy_admin');
  });

  it.each([
    [
      'litellm_proxy_roles: { proxy_admin: a }, litellm_jwtauth: {}',
      'stands beside litellm_jwtauth',
    ],
    ['litellm_proxy_roles: { proxy_admin: a, admin_jwt_scope: b }', 'with different scopes'],
    ['litellm_proxy_roles: { proxy_boss: a }', 'litellm_proxy_roles.proxy_boss is not a key'],
  ])('is refused where it is wrong: %s', (lines, message) => {
    expect(
      refusalOf(`general_settings: { enable_jwt_auth: true, ${lines} }`, IDENTITY_PROVIDER),
    ).toContain(message);
  });
});

describe('set_verbose', () => {
  it('is the log level debug where LOG_LEVEL does not say otherwise', () => {
    const text = 'litellm_settings: { set_verbose: True }';
    expect(settingsFromYaml(text).logLevel).toBe('debug');
    expect(settingsFromYaml(text, { LOG_LEVEL: 'warn' }).logLevel).toBe('warn');
    expect(settingsFromYaml('').logLevel).toBe('info');
  });
});
