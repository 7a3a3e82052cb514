import { inspect } from 'node:util';
import { settingsFromYaml } from '../load-settings.js';

const proxies = (env: Record<string, string>, text = '') => settingsFromYaml(text, env).network;

describe('proxies of the environment', () => {
  it('are none unless they are named', () => {
    expect(proxies({})).toMatchObject({ httpProxy: null, httpsProxy: null, noProxy: [] });
    expect(proxies({ HTTPS_PROXY: '', NO_PROXY: '' })).toMatchObject({ httpsProxy: null });
  });

  it('are named in either case, the lower one first, and in the file', () => {
    const upper = { HTTP_PROXY: 'http://a:1', HTTPS_PROXY: 'http://b:2', NO_PROXY: 'x.example' };
    expect(proxies(upper)).toMatchObject({
      httpProxy: 'http://a:1',
      httpsProxy: 'http://b:2',
      noProxy: ['x.example'],
    });
    const lower = { http_proxy: 'http://c:3', https_proxy: 'http://d:4', no_proxy: '*' };
    expect(proxies({ ...upper, ...lower })).toMatchObject({
      httpProxy: 'http://c:3',
      httpsProxy: 'http://d:4',
      noProxy: ['*'],
    });
    expect(proxies({}, 'environment_variables: { HTTPS_PROXY: "http://e:5" }')).toMatchObject({
      httpsProxy: 'http://e:5',
    });
  });

  it.each([
    ['proxy.example:3128', 'http://proxy.example:3128'],
    ['https://proxy.example', 'https://proxy.example'],
    ['http://me:pass%20word@10.0.0.1:8080/', 'http://me:pass%20word@10.0.0.1:8080/'],
  ])('may be written as %s', (written, read) => {
    expect(proxies({ HTTPS_PROXY: written }).httpsProxy).toBe(read);
  });

  it('separate hosts by commas and blanks', () => {
    expect(proxies({ NO_PROXY: ' a.example, .b.example,,10.0.0.0/8 c ' }).noProxy).toEqual([
      'a.example',
      '.b.example',
      '10.0.0.0/8',
      'c',
    ]);
  });

  it.each([
    ['HTTPS_PROXY', 'socks5://secret-host:1080'],
    ['https_proxy', 'http://secret-host:99999'],
    ['HTTP_PROXY', 'http://secret-host/path'],
    ['ALL_PROXY', 'socks5://secret-host:1080'],
    ['all_proxy', 'socks5h://secret-host:1080'],
    ['ALL_PROXY', 'socks4a://secret-host'],
    ['ALL_PROXY', 'ftp://secret-host'],
  ])('refuse the start where %s is %s, without its value', (name, value) => {
    const start = (): unknown => proxies({ [name]: value });
    expect(start).toThrow(`${name} `);
    expect(start).not.toThrow('secret-host');
    if (value.startsWith('socks')) expect(start).toThrow('a SOCKS proxy, which cannot be used');
  });

  it('of every scheme are that of ALL_PROXY, where the scheme has none of its own', () => {
    const all = { ALL_PROXY: 'http://all:1' };
    const both = { httpProxy: 'http://all:1', httpsProxy: 'http://all:1' };
    expect(proxies(all)).toMatchObject(both);
    expect(proxies({ ALL_PROXY: 'http://b:2', all_proxy: 'http://all:1' })).toMatchObject(both);
    const own = { ...all, https_proxy: 'http://own:2' };
    expect(proxies(own)).toMatchObject({ ...both, httpsProxy: 'http://own:2' });
  });

  it('that every scheme has of its own leave ALL_PROXY unread, also for SOCKS', () => {
    const own = { HTTP_PROXY: 'http://a:1', HTTPS_PROXY: 'http://b:2' };
    const read = { httpProxy: 'http://a:1', httpsProxy: 'http://b:2' };
    expect(proxies({ ...own, ALL_PROXY: 'socks5://h:1' })).toMatchObject(read);
  });

  it('print without their addresses, which may hold a password', () => {
    const settings = settingsFromYaml('', { HTTPS_PROXY: 'http://me:s3cret@h:1' });
    expect(inspect(settings, { depth: 9 }) + JSON.stringify(settings)).not.toContain('s3cret');
    expect(settings.network.httpsProxy).toContain('s3cret');
  });
});

describe('certificate authorities', () => {
  const certificates = (text: string, env: Record<string, string> = {}) =>
    settingsFromYaml(text, env).network.certificates;

  it.each([
    ['', {}],
    ['litellm_settings: { ssl_verify: true }', {}],
    ['litellm_settings: { ssl_verify: false }', {}],
    ['litellm_settings: { ssl_verify: /a/ca.pem }', { SSL_VERIFY: 'True' }],
  ])('are those of Node.js with %j and %j', (text, env) => {
    expect(certificates(text, env)).toBeNull();
  });

  it.each([
    ['litellm_settings: { ssl_verify: /a/ca.pem }', {}, '/a/ca.pem', 'litellm_settings.ssl_verify'],
    [
      'litellm_settings: { ssl_verify: /a/ca.pem }',
      { SSL_CERT_FILE: '/b.pem' },
      '/a/ca.pem',
      'litellm_settings.ssl_verify',
    ],
    [
      'litellm_settings: { ssl_verify: true }',
      { SSL_CERT_FILE: '/b.pem' },
      '/b.pem',
      'SSL_CERT_FILE',
    ],
    ['litellm_settings: { ssl_verify: true }', { SSL_VERIFY: '/c.pem' }, '/c.pem', 'SSL_VERIFY'],
  ])('are named by %j and %j', (text, env, path, configKey) => {
    expect(certificates(text, env)).toEqual({ path, configKey });
  });

  it.each(['false', 'False', '"no"'])('are never switched off: ssl_verify: %s warns', (value) => {
    const { warnings } = settingsFromYaml(`litellm_settings: { ssl_verify: ${value} }`);
    expect(warnings).toContainEqual({
      path: 'litellm_settings.ssl_verify',
      message: expect.stringContaining('certificates are always verified'),
    });
  });
});

describe('ssl_verify of one deployment', () => {
  const withVerification = (value: string) =>
    settingsFromYaml(
      `model_list: [{ model_name: m, litellm_params: { model: openai/m, api_key: k, ssl_verify: ${value} } }]`,
    );
  const path = 'model_list[0].litellm_params.ssl_verify';

  it.each(['./ca.pem', '/etc/ssl/private-ca.pem', 'maybe'])('refuses the start: %s', (value) => {
    expect(() => withVerification(value)).toThrow(
      `${path} names certificate authorities for one deployment`,
    );
  });

  it.each(['false', 'False', '"off"', '0'])('is warned about: %s', (value) => {
    expect(withVerification(value).warnings).toContainEqual({
      path,
      message: expect.stringContaining('certificates are always verified'),
    });
  });

  it.each(['true', 'True', '"on"'])('is quiet where it asks for what holds: %s', (value) => {
    expect(withVerification(value).warnings.filter((one) => one.path === path)).toEqual([]);
  });
});

describe('the front of the gateway', () => {
  const server = (env: Record<string, string>, text = '') => settingsFromYaml(text, env).server;

  it('is closed to pages and without a prefix unless they are named', () => {
    expect(server({})).toMatchObject({ corsOrigins: [], rootPath: '' });
    expect(server({ SERVER_ROOT_PATH: '/' })).toMatchObject({ rootPath: '' });
  });

  it.each([
    [{ LITELLM_CORS_ORIGINS: '*' }, '', ['*']],
    [
      { LITELLM_CORS_ORIGINS: 'https://a.example, http://b:1' },
      '',
      ['https://a.example', 'http://b:1'],
    ],
    [{}, 'gatehouse: { server: { cors_origins: https://a.example } }', ['https://a.example']],
    [
      { LITELLM_CORS_ORIGINS: '*' },
      'gatehouse: { server: { cors_origins: [https://a.example] } }',
      ['*'],
    ],
  ])('opens to the pages of %j and %j', (env, text, origins) => {
    expect(server(env, text).corsOrigins).toEqual(origins);
  });

  it.each([
    { LITELLM_CORS_ORIGINS: 'https://a.example/' },
    { LITELLM_CORS_ORIGINS: 'a.example' },
    { SERVER_ROOT_PATH: 'llm' },
    { SERVER_ROOT_PATH: '/a/../b' },
    { SERVER_ROOT_PATH: '/a?b' },
  ])('refuses the start with %j', (env) => {
    expect(() => server(env)).toThrow(Object.keys(env)[0]);
  });

  it('has a prefix without the slash at its end', () => {
    expect(server({ SERVER_ROOT_PATH: '/a/b/' }).rootPath).toBe('/a/b');
  });
});
