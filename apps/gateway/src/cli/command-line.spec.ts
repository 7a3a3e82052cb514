import { parseCommandLine, USAGE } from './command-line.js';
import { OPTIONS } from './options.js';

const NO_OPTIONS = {
  expect: null,
  token: null,
  claims: null,
  rows: null,
  route: null,
  method: null,
  model: null,
  user: null,
  headers: [],
  isJson: false,
};

describe('parseCommandLine', () => {
  it('serves when no command is named', () => {
    expect(parseCommandLine(['--port', '0'])).toEqual({
      command: 'serve',
      overrides: { port: '0' },
      options: NO_OPTIONS,
    });
  });

  it('reads every command with its options', () => {
    expect(parseCommandLine(['reconcile', '--config=a.yaml', '--host', '::1'])).toEqual({
      command: 'reconcile',
      overrides: { config: 'a.yaml', host: '::1' },
      options: NO_OPTIONS,
    });
    expect(parseCommandLine(['check', '--expect', 'cases.yaml'])).toMatchObject({
      command: 'check',
      options: { ...NO_OPTIONS, expect: 'cases.yaml' },
    });
  });

  it('reads a question with all its headers', () => {
    const question = ['--token', '-', '--route', '/v1/models', '--method', 'GET', '--json'];
    const headers = ['--header', 'x-litellm-team-id: a', '--header', 'x-other:b'];
    expect(parseCommandLine(['explain', ...question, ...headers])).toMatchObject({
      command: 'explain',
      options: {
        ...NO_OPTIONS,
        token: '-',
        route: '/v1/models',
        method: 'GET',
        headers: ['x-litellm-team-id: a', 'x-other:b'],
        isJson: true,
      },
    });
  });

  it('knows when help is wanted', () => {
    expect(parseCommandLine(['-h'])).toBe('help');
  });

  it('tells about every option in its help', () => {
    expect(Object.keys(OPTIONS).filter((name) => !USAGE.includes(`--${name}`))).toEqual([]);
  });

  it.each([
    [['sing']],
    [['serve', 'twice']],
    [['--loud']],
    [['--port']],
    [['--port', 'abc']],
    [['--port', '65536']],
    [['serve', '--expect', 'cases.yaml']],
    [['check', '--token', '-']],
    [['explain']],
    [['explain', '--token', '-', '--claims', 'claims.json']],
    [['explain', '--token', '-', '--rows', '-']],
    [['explain', '--token', '-', '--header', 'no colon']],
  ])('says what is wrong with %p', (argv) => {
    expect(parseCommandLine(argv)).toEqual({ wrong: expect.any(String) });
  });
});
