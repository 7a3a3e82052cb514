import { parseArgs } from 'node:util';
import { OPTIONS, USAGE_OF_OPTION, type OptionName } from './options.js';

/** The commands of the program. */
const COMMANDS = ['serve', 'check', 'explain', 'migrate', 'reconcile'] as const;

/** One command. */
type Command = (typeof COMMANDS)[number];

/** What only single commands are asked, each `null` or empty where it was not given. */
export interface CommandOptions {
  /** `check`: file of expectations. */
  readonly expect: string | null;
  /** `explain`: file of the credential, `-` for standard input. */
  readonly token: string | null;
  /** `explain`: file of claims, `-` for standard input. */
  readonly claims: string | null;
  /** `explain`: file of rows. */
  readonly rows: string | null;
  readonly route: string | null;
  readonly method: string | null;
  readonly model: string | null;
  readonly user: string | null;
  /** Lines `Name: value`. */
  readonly headers: readonly string[];
  readonly isJson: boolean;
}

/** What was asked for on the command line. */
export interface CommandLine {
  readonly command: Command;
  /** Settings given as options; they win over environment and file. */
  readonly overrides: { readonly config?: string; readonly port?: string; readonly host?: string };
  readonly options: CommandOptions;
}

type Values = ReturnType<typeof parsed>['values'];

/** The text of `gatehouse --help`. */
export const USAGE = `Usage: gatehouse <command> [options]

Commands:
  serve      start the gateway (default)
  check      judge the configuration: every key, every problem, nothing is started
  explain    judge one call by the configuration, without a gateway and without a database
  migrate    bring the database to this version's schema
  reconcile  prove that every spend total equals the sum of its entries

Options:
${USAGE_OF_OPTION}
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
    const { values, positionals } = parsed(argv);
    if (values.help === true) return 'help';
    return requestOf(positionals, values);
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : 'unreadable arguments' };
  }
}

function parsed(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      config: { type: 'string' },
      port: { type: 'string' },
      host: { type: 'string' },
      expect: { type: 'string' },
      token: { type: 'string' },
      claims: { type: 'string' },
      rows: { type: 'string' },
      route: { type: 'string' },
      method: { type: 'string' },
      model: { type: 'string' },
      user: { type: 'string' },
      header: { type: 'string', multiple: true },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

function requestOf(
  [name = 'serve', ...rest]: readonly string[],
  values: Values,
): CommandLine | { wrong: string } {
  if (rest.length > 0) return { wrong: `unexpected argument "${rest.join(' ')}"` };
  const command = COMMANDS.find((known) => known === name);
  if (command === undefined) return { wrong: `unknown command "${name}"` };
  const wrong = problemOf(command, values);
  if (wrong !== null) return { wrong };
  const { config, port, host } = values;
  const overrides = {
    ...(config === undefined ? {} : { config }),
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
  };
  return { command, overrides, options: optionsOf(values) };
}

function problemOf(command: Command, values: Values): string | null {
  const { port } = values;
  if (port !== undefined && !isPort(port)) {
    return `--port must be a whole number from 0 to 65535, not "${port}"`;
  }
  const given = Object.keys(values) as (OptionName | 'help')[];
  const misplaced = given.find((name) => name !== 'help' && !mayHave(command, name));
  if (misplaced !== undefined) return `--${misplaced} is no option of ${command}`;
  return command === 'explain' ? problemOfQuestion(values) : null;
}

function mayHave(command: Command, option: OptionName): boolean {
  const commands: readonly string[] | null = OPTIONS[option].commands;
  return commands === null || commands.includes(command);
}

function problemOfQuestion({ token, claims, rows, header = [] }: Values): string | null {
  if ((token === undefined) === (claims === undefined)) {
    return 'explain needs either --token or --claims';
  }
  const fromInput = [token, claims, rows].filter((file) => file === '-');
  if (fromInput.length > 1) return 'only one file can be standard input';
  const bad = header.find((line) => !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+:/.test(line));
  return bad === undefined ? null : '--header must be "Name: value"';
}

function optionsOf(values: Values): CommandOptions {
  return {
    expect: values.expect ?? null,
    token: values.token ?? null,
    claims: values.claims ?? null,
    rows: values.rows ?? null,
    route: values.route ?? null,
    method: values.method ?? null,
    model: values.model ?? null,
    user: values.user ?? null,
    headers: values.header ?? [],
    isJson: values.json === true,
  };
}
