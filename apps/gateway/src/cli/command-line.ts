import { parseArgs } from 'node:util';

/** The commands of the program. */
const COMMANDS = ['serve', 'check', 'migrate', 'reconcile'] as const;

/** One command. */
export type Command = (typeof COMMANDS)[number];

/** What was asked for on the command line. */
export interface CommandLine {
  readonly command: Command;
  /** Settings given as options; they win over environment and file. */
  readonly overrides: { readonly config?: string; readonly port?: string; readonly host?: string };
}

/** The text of `gatehouse --help`. */
export const USAGE = `Usage: gatehouse <command> [--config FILE] [--port N] [--host H]

Commands:
  serve      start the gateway (default)
  check      judge the configuration: every key, every problem, nothing is started
  migrate    bring the database to this version's schema
  reconcile  prove that every spend total equals the sum of its entries

Options:
  --config FILE  configuration file (else CONFIG_FILE_PATH, else ./config.yaml)
  --port N       listening port, 0 takes a free one (else PORT, else 4000)
  --host H       listening address (else HOST, else 127.0.0.1)
  --help         this text
`;

/**
 * Reads the command line.
 * @param argv arguments behind the program's name
 * @returns the request, `help`, or the sentence that says what is wrong with it
 */
export function parseCommandLine(
  argv: readonly string[],
): CommandLine | 'help' | { wrong: string } {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        port: { type: 'string' },
        host: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return 'help';
    return requestOf(positionals, values);
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : 'unreadable arguments' };
  }
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

function requestOf(
  [name = 'serve', ...rest]: readonly string[],
  { config, port, host }: CommandLine['overrides'],
): CommandLine | { wrong: string } {
  if (rest.length > 0) return { wrong: `unexpected argument "${rest.join(' ')}"` };
  const command = COMMANDS.find((known) => known === name);
  if (command === undefined) return { wrong: `unknown command "${name}"` };
  if (port !== undefined && !isPort(port)) {
    return { wrong: `--port must be a whole number from 0 to 65535, not "${port}"` };
  }
  const overrides = {
    ...(config === undefined ? {} : { config }),
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
  };
  return { command, overrides };
}
