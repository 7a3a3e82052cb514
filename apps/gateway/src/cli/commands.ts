/** Every command, with what it does, in the order of the help. */
export const COMMANDS = {
  serve: 'start the gateway (default)',
  check: 'evaluate the configuration: every key, every problem, nothing is started',
  explain: 'evaluate one call by the configuration, without a gateway and without a database',
  migrate: 'bring the database to this version’s schema',
  reconcile: 'prove that every spend total equals the sum of its entries',
  help: 'print this text, or the options of a command: help serve',
  version: 'print the version',
} as const;

/** Name of a command. */
export type CommandName = keyof typeof COMMANDS;

/** Every command's name. */
export const COMMAND_NAMES = Object.keys(COMMANDS) as readonly CommandName[];
