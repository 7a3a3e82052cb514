import { MASKED, maskSecrets } from './mask-secrets.js';

describe('maskSecrets', () => {
  it.each(['key', 'api_key', 'apiKey', 'PASSWORD', 'client_secret', 'access_token', 'credentials'])(
    'takes the value of a member named %s, at any depth',
    (name) => {
      const value = { plain: 1, [name]: 'sk-1', inner: [{ [name]: { deep: 'sk-2' } }] };
      expect(maskSecrets(value)).toEqual({
        plain: 1,
        [name]: MASKED,
        inner: [{ [name]: MASKED }],
      });
    },
  );

  it('keeps null, which tells that nothing was set', () => {
    expect(maskSecrets({ api_key: null })).toEqual({ api_key: null });
    expect(maskSecrets(null)).toBeNull();
  });

  it('writes dates as ISO text and changes nothing else', () => {
    const at = new Date(0);
    const value = { at, list: [1, 'two', false], nested: { a: null } };
    expect(maskSecrets(value)).toEqual({ ...value, at: '1970-01-01T00:00:00.000Z' });
  });
});
