import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Place, type Findings } from '../findings.js';
import { variableOf, type Environment } from './environment.js';

const MAX_BYTES = 4 * 1024 * 1024;
/** The file that is looked for when none is named, and what a nameless one is called. */
export const DEFAULT_PATH = 'config.yaml';

const MISSING = 'Name a file that exists.';
const MISSING_DEFAULT =
  'Copy config/gatehouse.example.yaml there, or name your file with --config FILE or CONFIG_FILE_PATH.';

/** Where the configuration file is named. */
export interface FileChoice {
  /** Value of `--config`, if given. */
  readonly option: string | undefined;
  readonly environment: Environment;
  readonly workingDirectory: string;
}

/** A configuration file that was read. */
export interface ConfigFile {
  readonly text: string;
  /** Its name for messages. */
  readonly name: string;
}

/**
 * Reads the configuration file: `--config`, else `CONFIG_FILE_PATH`, else `./config.yaml`.
 * @param choice where it is named
 * @param findings collects problems: missing, unreadable, too large, not UTF-8
 * @returns its text and its name as it was given, or `null` when it cannot be read
 */
export function readConfigFile(choice: FileChoice, findings: Findings): ConfigFile | null {
  const fromVariable = variableOf(choice.environment, 'CONFIG_FILE_PATH');
  const named = choice.option ?? fromVariable;
  const namedBy = choice.option === undefined ? 'CONFIG_FILE_PATH' : '--config';
  const place = new Place(named === null ? DEFAULT_PATH : namedBy, findings);
  const path = resolve(choice.workingDirectory, named ?? DEFAULT_PATH);
  const text = readNamedFile(path, place, named === null ? MISSING_DEFAULT : MISSING);
  return text === null ? null : { text, name: named ?? DEFAULT_PATH };
}

/**
 * Reads a file of the configuration.
 * @param path absolute path
 * @param place where it is named; problems are left there: missing, unreadable, too large, not UTF-8
 * @param missing what to do where there is none
 * @returns its text, or `null` when it cannot be read
 */
export function readNamedFile(path: string, place: Place, missing = MISSING): string | null {
  try {
    const found = statSync(path);
    if (found.isDirectory())
      return place.refuse(`names a directory: ${path}`, 'Name the file in it.');
    if (found.size > MAX_BYTES)
      return place.refuse(
        `is larger than ${String(MAX_BYTES)} bytes: ${path}`,
        'Shorten the file.',
      );
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    return refuseUnreadable(error, place, path, missing);
  }
}

function refuseUnreadable(error: unknown, place: Place, path: string, missing: string): null {
  const code =
    typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return place.refuse(`there is no file ${path}`, missing);
  }
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
    return place.refuse(`is not UTF-8: ${path}`, 'Save the file as UTF-8.');
  return place.refuse(
    `cannot be read (${code || 'unknown error'}): ${path}`,
    'Let this user read it.',
  );
}
