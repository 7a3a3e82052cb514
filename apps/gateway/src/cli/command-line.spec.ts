import { parseCommandLine } from './command-line.js';

describe('parseCommandLine', () => {
  it('serves when no command is named', () => {
    expect(parseCommandLine(['--port', '0'])).toEqual({
      command: 'serve',
      overrides: { port: '0' },
    });
  });

  it('reads every command with its options', () => {
    expect(parseCommandLine(['reconcile', '--config=a.yaml', '--host', '::1'])).toEqual({
      command: 'reconcile',
      overrides: { config: 'a.yaml', host: '::1' },
    });
  });

  it('knows when help is wanted', () => {
    expect(parseCommandLine(['-h'])).toBe('help');
  });

  it.each([
    [['sing']],
    [['serve', 'twice']],
    [['--loud']],
    [['--port']],
    [['--port', 'abc']],
    [['--port', '65536']],
  ])('says what is wrong with %p', (argv) => {
    expect(parseCommandLine(argv)).toEqual({ wrong: expect.any(String) });
  });
});
