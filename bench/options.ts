import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SCENARIOS } from '#bench/scenarios';
import { GATEWAYS } from '#bench/subjects';

/** What the command line asks for. */
export interface Options {
  readonly rounds: number;
  /** Of each measurement. */
  readonly seconds: number;
  /** Names of scenarios. */
  readonly only: readonly string[];
  /** Names of variants of the gateway. */
  readonly on: readonly string[];
  readonly isSmoke: boolean;
  readonly isProfile: boolean;
  /** Directory of another checkout, which is measured too. */
  readonly before: string | null;
  readonly against: URL | null;
  /** Process of the other gateway, whose CPU time and memory are measured. */
  readonly pid: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly providerPort: number;
  readonly delayMs: number;
  /** Directory of the results. */
  readonly out: string;
  /** Name of the files of the results. */
  readonly name: string;
}

/** A command line that cannot be followed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Short description of the command line. */
export const USAGE = `Usage: npm run bench -- [OPTION…]
  --rounds N          rounds, each with fresh processes (3)
  --seconds N         seconds of each measurement (4)
  --only A,B          these scenarios only: ${SCENARIOS.map(({ name }) => name).join(', ')}
  --on A,B            these variants of the gateway only: ${GATEWAYS.map(({ name }) => name).join(', ')}
  --smoke             one round of very short measurements
  --profile           write a CPU profile of the gateway instead, and print a table by library
  --before DIR        measure the gateway of another checkout beside this one
  --against URL       measure another gateway that runs already, in place of this one
  --header 'N: V'     header that the other gateway wants; may be repeated
  --pid N             process of the other gateway, for CPU time and memory
  --provider-port N   port of the mock provider, for the configuration of the other gateway
  --delay MS          how long the mock provider waits before it responds (0)
  --out DIR           directory of the results (bench/results)
  --name NAME         name of the files of the results (date and time)`;

/**
 * Reads the command line.
 * @throws UsageError when it cannot be followed
 */
export function readOptions(args: readonly string[]): Options {
  const values = parse(args);
  const isSmoke = values.smoke === true;
  const against = urlOf(values.against);
  if (values.profile === true && against !== null)
    throw new UsageError('--profile is for this gateway, not for another one');
  return {
    rounds: number('--rounds', values.rounds, isSmoke ? 1 : 3),
    seconds: number('--seconds', values.seconds, isSmoke ? 0.1 : 4),
    only: namesOf('--only', values.only, SCENARIOS),
    on: namesOf('--on', values.on, GATEWAYS),
    isSmoke,
    isProfile: values.profile === true,
    before: values.before === undefined ? null : resolve(values.before),
    against,
    pid: number('--pid', values.pid, 0) || null,
    headers: Object.fromEntries(values.header.map(headerOf)),
    providerPort: number('--provider-port', values['provider-port'], 0),
    delayMs: number('--delay', values.delay, 0),
    out: values.out,
    name: values.name ?? new Date().toISOString().slice(0, 16).replace(':', ''),
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        rounds: text,
        seconds: text,
        only: text,
        on: text,
        smoke: flag,
        profile: flag,
        before: text,
        against: text,
        header: { type: 'string', multiple: true, default: [] },
        pid: text,
        'provider-port': text,
        delay: text,
        out: { type: 'string', default: 'bench/results' },
        name: text,
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function number(option: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!(value > 0)) throw new UsageError(`${option} must be a number above 0, not "${text}"`);
  return value;
}

function namesOf(
  option: string,
  text: string | undefined,
  things: readonly { readonly name: string }[],
): readonly string[] {
  const known = things.map(({ name }) => name);
  const names = text?.split(',') ?? known;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`${option} does not know "${unknown}", only ${known.join(', ')}`);
  return names;
}

function urlOf(text: string | undefined): URL | null {
  if (text === undefined) return null;
  const url = URL.parse(text);
  if (url?.protocol !== 'http:')
    throw new UsageError('--against must be a URL that begins with http://');
  return url;
}

function headerOf(text: string): [string, string] {
  const [, name, value] = /^([^:\s]+): *(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new UsageError(`--header must be "name: value", not "${text}"`);
  return [name.toLowerCase(), value];
}
