import { nearName } from '#libs/common';
import { OPTIONS } from './options.js';

const KNOWN = [...Object.keys(OPTIONS), 'help', 'version'];

/**
 * Returns the sentence for arguments that the parser of Node refused, in plain words and without a value that was given:
 * a token can stand where it does not belong.
 * @param error what the parser threw
 */
export function wrongArguments(error: unknown): string {
  const { code, message } = factsOf(error);
  const [, dashes = '', name = ''] = /'(-{0,2})([A-Za-z][\w-]*)/.exec(message) ?? [];
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return unknownOption(dashes, name);
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') {
    return wrongValue(name, message.includes('ambiguous'));
  }
  return 'the arguments cannot be read';
}

function unknownOption(dashes: string, name: string): string {
  if (name === '') return 'an argument is not an option';
  const near = nearName(name, KNOWN) ?? soleCompletion(name);
  const known = `there is no option ${dashes === '-' ? '-' : '--'}${name}`;
  return near === null ? known : `${known}; did you mean --${near}?`;
}

/** A value that begins with "-" could be the next option. */
function wrongValue(name: string, isAmbiguous: boolean): string {
  if (!takesValue(name)) return `--${name} takes no value`;
  if (isAmbiguous && name === 'port') return '--port must be an integer from 0 to 65535';
  const needed = `--${name} needs a value: --${name} ${OPTIONS[name].value ?? ''}`;
  const hint = `; a value that begins with "-" is written --${name}=VALUE`;
  return isAmbiguous ? needed + hint : needed;
}

/**
 * The one option that begins with these letters in any case; `null` when there are none or several.
 */
function soleCompletion(name: string): string | null {
  const [first, second] = KNOWN.filter((known) => known.startsWith(name.toLowerCase()));
  return first !== undefined && second === undefined ? first : null;
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
