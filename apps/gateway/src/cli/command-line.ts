import { parseArgs } from 'node:util';
import { nearName } from '#libs/common';
import { COMMAND_NAMES, type CommandName } from './commands.js';
import { OPTIONS, type OptionName } from './options.js';
import { USAGE, usageOf } from './usage.js';
import { programVersion } from './version.js';
import { wrongArguments } from './wrong-option.js';

/** A command that works with a configuration. */
type Command = Exclude<CommandName, 'help' | 'version'>;

/** Options of single commands, each `null` or empty where it was not given. */
export interface CommandOptions {
  /** `check`: file of expectations. */
  readonly expect: string | null;
  /** `check`: whether the keys of every issuer are fetched. */
  readonly isOnline: boolean;
  /** `explain` and `check --online`: file of the credential, `-` for standard input. */
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

/** The parsed command line. */
export interface CommandLine {
  readonly command: Command;
  /** Settings given as options; they win over environment and file. */
  readonly overrides: { readonly config?: string; readonly port?: string; readonly host?: string };
  readonly options: CommandOptions;
}

type Values = ReturnType<typeof parsed>['values'];

/** A text to print, with which the command is done. */
interface Printed {
  readonly print: string;
}

/** A problem of a command line, in one sentence. */
interface Wrong {
  readonly wrong: string;
}

/**
 * Reads the command line.
 * @param argv arguments behind the program's name
 * @returns the request, a text to print, or the sentence that says what is wrong with it
 */
export function parseCommandLine(argv: readonly string[]): CommandLine | Printed | Wrong {
  let given: ReturnType<typeof parsed>;
  try {
    given = parsed(argv);
  } catch (error) {
    return { wrong: wrongArguments(error) };
  }
  const { values, positionals } = given;
  const command = commandOf(positionals[0] ?? 'serve');
  if (typeof command !== 'string') return command;
  if (command === 'version' || values.version === true) return { print: `${programVersion()}\n` };
  if (command === 'help' || values.help === true) return helpOf(positionals);
  return requestOf(command, positionals.slice(1), values);
}

function commandOf(name: string): CommandName | Wrong {
  const command = COMMAND_NAMES.find((known) => known === name);
  if (command !== undefined) return command;
  const near = nearName(name, COMMAND_NAMES);
  const hint = near === null ? '' : `; did you mean ${near}?`;
  return { wrong: `there is no command "${shortened(name)}"${hint}` };
}

/** `help`, `help serve` and `serve --help`. */
function helpOf(positionals: readonly string[]): Printed | Wrong {
  const [asked] = positionals.filter((name) => name !== 'help');
  if (asked === undefined) return { print: USAGE };
  const command = commandOf(asked);
  return typeof command === 'string' ? { print: usageOf(command) } : command;
}

const MAX_SHOWN = 40;

function shortened(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
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
      online: { type: 'boolean' },
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
      version: { type: 'boolean', short: 'V' },
    },
  });
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

function requestOf(command: Command, rest: readonly string[], values: Values): CommandLine | Wrong {
  if (rest.length > 0) {
    return { wrong: `${command} takes no further argument; options begin with --` };
  }
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
    return `--port must be an integer from 0 to 65535, not "${port}"`;
  }
  const misplaced = (Object.keys(values) as OptionName[]).find((name) => !mayHave(command, name));
  if (misplaced !== undefined) return misplacedText(command, misplaced);
  if (command === 'check') return problemOfCheck(values);
  return command === 'explain' ? problemOfQuestion(values) : null;
}

function problemOfCheck({ expect, online, token, model }: Values): string | null {
  if (token !== undefined && online !== true) return 'check takes --token with --online alone';
  if (model !== undefined && token === undefined) return 'check takes --model with --token alone';
  return expect === '-' && token === '-' ? 'only one file can be standard input' : null;
}

function misplacedText(command: Command, option: OptionName): string {
  const owners: readonly string[] = OPTIONS[option].commands ?? [];
  return `${command} does not take --${option}, which belongs to ${owners.join(' and ')}`;
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
    isOnline: values.online === true,
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
