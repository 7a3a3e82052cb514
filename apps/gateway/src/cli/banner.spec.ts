import { settingsFromYaml } from '#libs/config';
import { listenFailure, startBanner } from './banner.js';

const systemError = (code: string): Error => Object.assign(new Error('a failure'), { code });

describe('the start banner', () => {
  it('says version, file, issuers, models, the address of /docs, and counts the warnings', () => {
    const settings = settingsFromYaml(
      `model_list:
  - { model_name: gpt-4o, litellm_params: { model: openai/gpt-4o, api_key: a-secret } }
  - { model_name: gpt-4o, litellm_params: { model: openai/gpt-4o-mini, api_key: a-secret } }
general_settings: { enable_jwt_auth: true, master_key: sk-0123456789abcdef-long-enough }`,
      { JWT_PUBLIC_KEY_URL: 'https://idp.example/jwks', JWT_ISSUER: 'https://idp.example' },
    );
    const banner = startBanner(settings, '/etc/gatehouse/config.yaml', 'http://127.0.0.1:4000');
    expect(banner).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      config: '/etc/gatehouse/config.yaml',
      database: 'embedded',
      issuers: ['https://idp.example'],
      models: ['gpt-4o'],
      modelCount: 1,
      warnings: settings.warnings.length,
      docs: 'http://127.0.0.1:4000/docs',
    });
    expect(JSON.stringify(banner)).not.toMatch(/a-secret|sk-/);
  });

  it('names no issuer where tokens are not accepted', () => {
    const banner = startBanner(settingsFromYaml(''), 'config.yaml', 'http://127.0.0.1:1');
    expect(banner).toMatchObject({ issuers: [], models: [] });
  });
});

describe('an address that cannot be had', () => {
  it.each([
    ['EADDRINUSE', 4000, '127.0.0.1', /port 4000 of 127\.0\.0\.1 is in use .*--port or PORT/],
    ['EACCES', 80, '127.0.0.1', /may not listen on port 80; choose a port above 1023/],
    ['EADDRNOTAVAIL', 4000, '10.9.9.9', /10\.9\.9\.9 is not an address of this machine/],
    ['ENOTFOUND', 4000, 'gate', /the name gate is not known/],
    ['EOTHER', 4000, '::1', /cannot listen on ::1:4000 \(EOTHER\)/],
  ])('is explained in words: %s', (code, port, host, sentence) => {
    expect(listenFailure({ host, port }, systemError(code))).toMatch(sentence);
  });
});
