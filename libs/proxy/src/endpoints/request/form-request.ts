import { FormScan, type FormFile, type JsonObjectScan } from '#libs/common';
import { invalidParameter } from './request-values.js';

/** The fields of a form that an operation evaluates. */
export interface FormFields {
  /** Names of the fields that may be files. The first one, or the first one with `[]`, must be there. */
  readonly files: readonly [string, ...string[]];
  /** Names of fields that are numbers or booleans. */
  readonly typed: ReadonlySet<string>;
}

/**
 * Returns a request that must be a form with files.
 * @throws GatehouseError `request_invalid` with the field's name as `param`
 */
export function requireForm(
  scan: JsonObjectScan | undefined,
  { files, typed }: FormFields,
): FormScan {
  if (!(scan instanceof FormScan))
    throw invalidParameter('body', 'A form with a file is expected.');
  const [needed] = files;
  for (const { name } of scan.files) {
    if (!files.includes(withoutList(name)))
      throw invalidParameter(name, `"${name.slice(0, 64)}" must not be a file.`);
    // Two parsers could take the one or the other.
    if (scan.has(name)) throw invalidParameter(name, `"${name}" is both a file and a text.`);
  }
  if (!scan.files.some(({ name }) => withoutList(name) === needed))
    throw invalidParameter(needed, `"${needed}" must be a file.`);
  return scan.typed(typed);
}

/** Returns the files of a request that is a form; none for JSON. */
export function filesOf(scan: JsonObjectScan): readonly FormFile[] {
  return scan instanceof FormScan ? scan.files : [];
}

/** Returns the number of bytes of the files of a request. */
export function fileBytesOf(scan: JsonObjectScan): number {
  return filesOf(scan).reduce((sum, { bytes }) => sum + bytes.length, 0);
}

/** A name without the brackets that some clients write behind the name of a list. */
function withoutList(name: string): string {
  return name.endsWith('[]') ? name.slice(0, -2) : name;
}
