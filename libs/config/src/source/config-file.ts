import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { errorCodeOf } from '#libs/common';
import { ConfigPath, type ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import { variableOf, type Environment } from './environment.js';

/** Larger files of a configuration are refused. */
export const MAX_BYTES = 4 * 1024 * 1024;
/** The file that is looked for when none is named, and what a nameless one is called. */
export const DEFAULT_PATH = 'config.yaml';

const MISSING = 'Name a file that exists.';
const MISSING_DEFAULT =
  'Copy config/gatehouse.example.yaml there, or name your file with --config FILE or CONFIG_FILE_PATH.';

/** Texts about a file that cannot be read. */
interface FileTexts {
  readonly missing: string;
  readonly shown?: string;
}

/** The places that name the configuration file. */
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
export function readConfigFile(choice: FileChoice, findings: ConfigDiagnostics): ConfigFile | null {
  const fromVariable = variableOf(choice.environment, 'CONFIG_FILE_PATH');
  const named = choice.option ?? fromVariable;
  const namedBy = choice.option === undefined ? 'CONFIG_FILE_PATH' : '--config';
  const place = new ConfigPath(named === null ? DEFAULT_PATH : namedBy, findings);
  const path = resolve(choice.workingDirectory, named ?? DEFAULT_PATH);
  const missing = named === null ? MISSING_DEFAULT : MISSING;
  const text = readNamedFile(path, place, { missing, shown: path });
  return text === null ? null : { text, name: named ?? DEFAULT_PATH };
}

/**
 * Reads a file of the configuration.
 * @param place where it is named; problems are left there: missing, unreadable, too large, not UTF-8
 * @param texts what to do where there is none, and the path where it may be shown: it is a value of the file otherwise
 * @returns its text, or `null` when it cannot be read
 */
export function readNamedFile(
  path: string,
  place: ConfigPath,
  texts: FileTexts = { missing: MISSING },
): string | null {
  const end = texts.shown === undefined ? '' : `: ${texts.shown}`;
  try {
    const found = statSync(path);
    if (found.isDirectory()) return place.refuse(`names a directory${end}`, 'Name the file in it.');
    if (found.size > MAX_BYTES)
      return place.refuse(`is larger than ${String(MAX_BYTES)} bytes${end}`, 'Shorten the file.');
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    return refuseUnreadable(error, place, texts);
  }
}

function refuseUnreadable(error: unknown, place: ConfigPath, { missing, shown }: FileTexts): null {
  const end = shown === undefined ? '' : `: ${shown}`;
  const code = errorCodeOf(error) ?? '';
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const message =
      shown === undefined ? 'names a file that is not there' : `there is no file ${shown}`;
    return place.refuse(message, missing);
  }
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
    return place.refuse(`is not UTF-8${end}`, 'Save the file as UTF-8.');
  return place.refuse(
    `cannot be read (${code || 'unknown error'})${end}`,
    'Let this user read it.',
  );
}
