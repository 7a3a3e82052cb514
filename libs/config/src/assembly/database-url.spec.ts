import { settingsFromYaml } from '../load-settings.js';

const PARTS = {
  DATABASE_HOST: 'db.example',
  DATABASE_USERNAME: 'gateway',
  DATABASE_PASSWORD: 'p@ss/w%rd?#',
  DATABASE_NAME: 'books',
};

const urlOf = (env: Record<string, string>, text = ''): string | null =>
  settingsFromYaml(text, env).databaseUrl;

describe("LiteLLM's variables of an address in parts", () => {
  it.each([
    ['as they are', {}, 'postgresql://gateway:p%40ss%2Fw%25rd%3F%23@db.example/books'],
    [
      'with a port',
      { DATABASE_PORT: '6432', DATABASE_PASSWORD: 'p' },
      'postgresql://gateway:p@db.example:6432/books',
    ],
    [
      'with the port in the host',
      { DATABASE_HOST: 'db:6432', DATABASE_PASSWORD: 'p' },
      'postgresql://gateway:p@db:6432/books',
    ],
    [
      'with an IPv6 address',
      { DATABASE_HOST: 'fd00::5', DATABASE_PASSWORD: 'p' },
      'postgresql://gateway:p@[fd00::5]/books',
    ],
    [
      'with the directory of a socket',
      { DATABASE_HOST: '/cloudsql/a:b:c', DATABASE_PASSWORD: 'p' },
      'postgresql://gateway:p@localhost/books?host=%2Fcloudsql%2Fa%3Ab%3Ac',
    ],
    [
      'with the schema public',
      { DATABASE_SCHEMA: 'public', DATABASE_PASSWORD: 'p' },
      'postgresql://gateway:p@db.example/books',
    ],
    [
      'beside the port that Kubernetes sets for a service of that name',
      { DATABASE_PORT: 'tcp://10.0.0.9:5432', DATABASE_PASSWORD: 'p' },
      'postgresql://gateway:p@db.example/books',
    ],
  ])('are used %s', (_name, more, url) => {
    expect(urlOf({ ...PARTS, ...more })).toBe(url);
  });

  it('give way to DATABASE_URL and to general_settings.database_url', () => {
    expect(urlOf({ ...PARTS, DATABASE_URL: 'postgresql://env/db' })).toBe('postgresql://env/db');
    const file = 'general_settings: { database_url: host=file dbname=db }';
    expect(urlOf(PARTS, file)).toBe('postgresql://file/db');
    expect(urlOf({ DATABASE_HOST: 'db', DATABASE_PORT: 'x' }, file)).toBe('postgresql://file/db');
  });

  it('leave the embedded database where none is set, or the port of Kubernetes alone', () => {
    expect(urlOf({})).toBeNull();
    expect(urlOf({ DATABASE_PORT: 'tcp://10.0.0.9:5432', DATABASE_HOST: '' })).toBeNull();
  });

  it.each([
    [
      'DATABASE_HOST',
      { DATABASE_HOST: 'db' },
      'DATABASE_USERNAME, DATABASE_PASSWORD, DATABASE_NAME',
    ],
    ['DATABASE_HOST', { ...PARTS, DATABASE_PASSWORD: '' }, 'without DATABASE_PASSWORD'],
    ['DATABASE_HOST', { ...PARTS, DATABASE_NAME: '' }, 'without DATABASE_NAME'],
    [
      'DATABASE_HOST',
      { ...PARTS, DATABASE_USERNAME: '', DATABASE_USER: 'me' },
      'without DATABASE_USERNAME.*DATABASE_USER: not read, here and by LiteLLM.*Set DATABASE_USERNAME',
    ],
    ['DATABASE_HOST', { DATABASE_HOST: 'db', DATABASE_PASS: 'p' }, 'DATABASE_PASS: not read'],
    ['DATABASE_NAME', { DATABASE_NAME: 'books' }, 'without DATABASE_HOST'],
    ['DATABASE_PORT', { DATABASE_PORT: '5432' }, 'without DATABASE_HOST'],
    ['DATABASE_PORT', { ...PARTS, DATABASE_HOST: 'db:1', DATABASE_PORT: '2' }, 'has a port too'],
    ['DATABASE_PORT', { ...PARTS, DATABASE_PORT: '70000' }, '65535'],
    ['DATABASE_SCHEMA', { ...PARTS, DATABASE_SCHEMA: 'litellm' }, 'a schema'],
    ['DATABASE_HOST', { ...PARTS, DATABASE_HOST: 'http://db' }, 'has a host'],
    ['DATABASE_HOST', { ...PARTS, DATABASE_HOST: 'db:x' }, 'has a host'],
  ])('refuse the start at %s: %j', (path, env, words) => {
    expect(() => urlOf(env)).toThrow(
      new RegExp(`^the configuration is refused:\\n${path} .*${words}`),
    );
  });
});
