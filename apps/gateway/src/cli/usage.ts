import { COMMAND_NAMES, COMMANDS, type CommandName } from './commands.js';
import { OPTIONS, type OptionDefinition } from './options.js';

const COMMAND_WIDTH = 11;
const OPTION_WIDTH = 16;

/** The text of `gatehouse help`. */
export const USAGE = `Usage: gatehouse <command> [options]

Commands:
${COMMAND_NAMES.map((name) => `  ${name.padEnd(COMMAND_WIDTH)}${COMMANDS[name]}`).join('\n')}

Options:
${optionLines(() => true)}
`;

/** Returns the help of one command: what it does and the options that it takes. */
export function usageOf(command: CommandName): string {
  return `Usage: gatehouse ${command} [options]

${capital(COMMANDS[command])}.

Options:
${optionLines(({ commands, concerns }) => (commands ?? concerns ?? [command]).includes(command))}
`;
}

function optionLines(isShown: (option: OptionDefinition) => boolean): string {
  const given = Object.entries<OptionDefinition>(OPTIONS)
    .filter(([, option]) => isShown(option))
    .map(([name, { value, meaning }]) => [value === null ? name : `${name} ${value}`, meaning]);
  return [...given, ['help', 'this text'], ['version', 'print the version']]
    .map(([left = '', right = '']) => `  ${`--${left}`.padEnd(OPTION_WIDTH)}${right}`)
    .join('\n');
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
