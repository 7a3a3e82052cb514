import { parseCommandLine } from './command-line.js';
import { COMMAND_NAMES } from './commands.js';
import { OPTIONS } from './options.js';
import { USAGE, usageOf } from './usage.js';

const NO_OPTIONS = {
  expect: null,
  isOnline: false,
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

  it('reads a sample token only together with --online', () => {
    const online = ['check', '--online', '--token', '-', '--model', 'm'];
    expect(parseCommandLine(online)).toMatchObject({
      options: { ...NO_OPTIONS, isOnline: true, token: '-', model: 'm' },
    });
    expect(parseCommandLine(['check', '--token', '-'])).toEqual({
      wrong: 'check takes --token with --online alone',
    });
    expect(parseCommandLine(['check', '--online', '--model', 'm'])).toEqual({
      wrong: 'check takes --model with --token alone',
    });
    expect(parseCommandLine([...online, '--expect', '-'])).toEqual({
      wrong: 'only one file can be standard input',
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
    expect(parseCommandLine(['-h'])).toEqual({ print: USAGE });
    expect(parseCommandLine(['help'])).toEqual({ print: USAGE });
    expect(parseCommandLine(['help', 'check'])).toEqual({ print: usageOf('check') });
    expect(parseCommandLine(['explain', '--help'])).toEqual({ print: usageOf('explain') });
    expect(usageOf('check')).toContain('--expect');
    expect(usageOf('serve')).not.toContain('--expect');
  });

  it.each([['version'], ['--version'], ['-V'], ['serve', '--version']])(
    'prints the version for %p',
    (...argv) => {
      expect(parseCommandLine(argv)).toEqual({ print: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    },
  );

  it.each([
    [['chek'], 'there is no command "chek"; did you mean check?'],
    [['reconsile'], 'there is no command "reconsile"; did you mean reconcile?'],
    [['help', 'migrat'], 'there is no command "migrat"; did you mean migrate?'],
    [['sing'], 'there is no command "sing"'],
    [['--prot', '4000'], 'there is no option --prot; did you mean --port?'],
    [['--confg=a.yaml'], 'there is no option --confg; did you mean --config?'],
    [['--loud'], 'there is no option --loud'],
    [['check', '--conf', 'a.yaml'], 'there is no option --conf; did you mean --config?'],
    [['--vers'], 'there is no option --vers; did you mean --version?'],
    [['--ho', '::1'], 'there is no option --ho; did you mean --host?'],
    [['-v'], 'there is no option -v; did you mean --version?'],
    [['-p', '4000'], 'there is no option -p; did you mean --port?'],
    [['-x'], 'there is no option -x'],
    [['--port', '-1'], '--port must be an integer from 0 to 65535'],
    [['--port=-1'], '--port must be an integer from 0 to 65535, not "-1"'],
    [
      ['--host', '-x'],
      '--host needs a value: --host H; a value that begins with "-" is written --host=VALUE',
    ],
    [['--port'], '--port needs a value: --port N'],
    [['explain', '--json=yes'], '--json takes no value'],
    [['serve', 'twice'], 'serve takes no further argument; options begin with --'],
    [['serve', '--expect', 'a'], 'serve does not take --expect, which belongs to check'],
  ])('says of %p: %s', (argv, wrong) => {
    expect(parseCommandLine(argv)).toEqual({ wrong });
  });

  it('lists every command in its help', () => {
    expect(COMMAND_NAMES.filter((name) => !USAGE.includes(`  ${name} `))).toEqual([]);
  });

  it('tells about every option in its help', () => {
    expect(Object.keys(OPTIONS).filter((name) => !USAGE.includes(`--${name}`))).toEqual([]);
  });

  it.each(COMMAND_NAMES)(
    'lists the address to listen on in the help of %s only where it counts',
    (name) => {
      const help = usageOf(name);
      const isListening = ['serve', 'check'].includes(name);
      expect([help.includes('--port'), help.includes('--host')]).toEqual([
        isListening,
        isListening,
      ]);
      expect(help).toContain('--config');
    },
  );

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
