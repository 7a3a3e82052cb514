import type { YAMLError } from 'yaml';

const INDENT = 'Align the members of a section below each other, with spaces.';
const QUOTE = 'Put the value in quotes.';

/**
 * Messages for the parser's error codes. The parser's own messages quote the file, and the broken line may hold a
 * secret.
 */
export const SYNTAX_PROBLEMS: Readonly<
  Partial<Record<YAMLError['code'], readonly [message: string, remedy: string]>>
> = {
  ALIAS_PROPS: ['gives an alias an anchor or a tag', 'Write "*name" alone.'],
  BAD_ALIAS: ['has a broken alias', QUOTE],
  BAD_COLLECTION_TYPE: ['has a tag that does not fit its value', 'Leave the tag out.'],
  BAD_DIRECTIVE: ['has a line that begins with "%"', QUOTE],
  BAD_DQ_ESCAPE: [
    'has an unknown escape in double quotes',
    'Use single quotes, or double the "\\".',
  ],
  BAD_INDENT: ['is indented wrongly', INDENT],
  BAD_PROP_ORDER: ['has an anchor or a tag in the wrong place', 'Put it before the value.'],
  BAD_SCALAR_START: ['has a value that begins with a reserved character', QUOTE],
  BLOCK_AS_IMPLICIT_KEY: ['has two colons on one line', QUOTE],
  BLOCK_IN_FLOW: ['mixes indented lines into {…} or […]', 'Use one of the two forms.'],
  KEY_OVER_1024_CHARS: ['has a key of more than 1024 characters', 'Write keys as plain names.'],
  MISSING_CHAR: ['lacks a character, for example a closing quote or bracket', 'Close it.'],
  MULTILINE_IMPLICIT_KEY: ['has a key that spans lines', 'Is there a colon missing above?'],
  MULTIPLE_ANCHORS: ['gives one value two anchors', 'Keep one.'],
  MULTIPLE_DOCS: ['holds more than one document', 'Remove the line "---" and what follows it.'],
  MULTIPLE_TAGS: ['gives one value two tags', 'Keep none.'],
  RESOURCE_EXHAUSTION: ['is nested too deeply', 'Use fewer levels.'],
  TAB_AS_INDENT: ['is indented with a tab', 'Indent with spaces.'],
  TAG_RESOLVE_FAILED: [
    'has a tag ("!…") that is not known',
    'Leave the tag out, or quote the value.',
  ],
  UNEXPECTED_TOKEN: ['has something where nothing is expected', QUOTE],
};
