import { nearName } from '#libs/config';
import { OPTIONS } from './options.js';

const KNOWN = [...Object.keys(OPTIONS), 'help', 'version'];

/**
 * Returns the sentence for arguments that the parser of Node refused, in plain words and without a value that was given:
 * a token can stand where it does not belong.
 * @param error what the parser threw
 */
export function wrongArguments(error: unknown): string {
  const { code, message } = factsOf(error);
  const name = /'-{0,2}([A-Za-z][\w-]*)/.exec(message)?.[1] ?? '';
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const near = nearName(name, KNOWN);
    const known = name === '' ? 'an argument is not an option' : `there is no option --${name}`;
    return near === null ? known : `${known}; did you mean --${near}?`;
  }
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') {
    return takesValue(name)
      ? `--${name} needs a value: --${name} ${OPTIONS[name].value ?? ''}`
      : `--${name} takes no value`;
  }
  return 'the arguments cannot be read';
}

function takesValue(name: string): name is keyof typeof OPTIONS {
  return Object.hasOwn(OPTIONS, name) && OPTIONS[name as keyof typeof OPTIONS].value !== null;
}

function factsOf(error: unknown): { code: string; message: string } {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  return {
    code: typeof code === 'string' ? code : '',
    message: typeof message === 'string' ? message : '',
  };
}
