/** One option: what it takes, which commands have it (`null`: all), what it means. */
export interface OptionDefinition {
  readonly value: string | null;
  readonly commands: readonly string[] | null;
  /**
   * Commands whose help lists an option that all commands take and that concerns these alone; left
   * out: all.
   */
  readonly concerns?: readonly string[];
  readonly meaning: string;
}

const EXPLAIN = ['explain'];
const SERVE_AND_CHECK = ['serve', 'check'];
const CHECK_AND_EXPLAIN = ['check', 'explain'];

/** Every option of the program. */
export const OPTIONS = {
  config: {
    value: 'FILE',
    commands: null,
    meaning: 'configuration file (else CONFIG_FILE_PATH, else ./config.yaml)',
  },
  port: {
    value: 'N',
    commands: null,
    concerns: SERVE_AND_CHECK,
    meaning: 'listening port, 0 takes a free one (else PORT, else 4000)',
  },
  host: {
    value: 'H',
    commands: null,
    concerns: SERVE_AND_CHECK,
    meaning: 'listening address (else HOST, else 127.0.0.1)',
  },
  expect: {
    value: 'FILE',
    commands: ['check'],
    meaning: 'check: evaluate the cases of a file and say which did not hold',
  },
  online: {
    value: null,
    commands: ['check'],
    meaning: 'check: fetch the keys of every issuer and say what fails',
  },
  token: {
    value: 'FILE',
    commands: CHECK_AND_EXPLAIN,
    meaning:
      'explain: the credential of the call; check --online: list what it lacks; - reads standard input',
  },
  claims: {
    value: 'FILE',
    commands: EXPLAIN,
    meaning: 'explain: file of claims, used like those of a verified token; - reads standard input',
  },
  rows: {
    value: 'FILE',
    commands: EXPLAIN,
    meaning:
      'explain: file of existing teams, users and organisations; default: those that the claims name',
  },
  route: {
    value: 'PATH',
    commands: EXPLAIN,
    meaning: 'explain: path of the call (else /v1/chat/completions)',
  },
  method: { value: 'M', commands: EXPLAIN, meaning: 'explain: its method (else POST)' },
  model: {
    value: 'NAME',
    commands: CHECK_AND_EXPLAIN,
    meaning: 'explain, check --token: member "model" of the body',
  },
  user: { value: 'ID', commands: EXPLAIN, meaning: 'explain: member "user" of its body' },
  header: {
    value: 'LINE',
    commands: EXPLAIN,
    meaning: 'explain: a header "Name: value" of it; may be repeated',
  },
  json: { value: null, commands: EXPLAIN, meaning: 'explain: print the decision as JSON' },
} as const satisfies Record<string, OptionDefinition>;

/** Name of an option. */
export type OptionName = keyof typeof OPTIONS;
