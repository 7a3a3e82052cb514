const LOCAL_PART = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*";
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const MAIL_ADDRESS = new RegExp(`^${LOCAL_PART}@${LABEL}(?:\\.${LABEL})*$`);
/** RFC 5321 section 4.5.3.1: of a path, without its two brackets. */
const MAX_LENGTH = 254;

/**
 * Tells whether a string is the address of one mailbox and nothing else: no name, no list, no quotes, no line break, so that it
 * can stand in a command or header of a mail (RFC 5321 section 4.1.2, without quoted strings and address literals).
 */
export function isMailAddress(text: string): boolean {
  return text.length <= MAX_LENGTH && MAIL_ADDRESS.test(text);
}
