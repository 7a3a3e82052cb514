import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { errorCodeOf } from '#libs/common';
import type { Parsed } from '#libs/offline';

/** Thrown for input that a command cannot use; the message names the file and the reason. */
export class UnusableFileError extends Error {
  override readonly name = 'UnusableFileError';
}

/**
 * The text of a file that an option names.
 * @param option the option, for the message
 * @param path the file; `-` is standard input
 * @throws UnusableFileError when it cannot be read
 */
export async function readNamed(option: string, path: string): Promise<string> {
  if (path === '-') return text(process.stdin);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = errorCodeOf(error) ?? 'unknown error';
    // Not the path: a user may have given a token instead of its file, and no log may hold a token.
    const hint = option === 'token' ? '; a token itself is piped in: --token -' : '';
    throw new UnusableFileError(`--${option} names no file that can be read (${code})${hint}`);
  }
}

/**
 * What a file states.
 * @param option the option that named it, for the message
 * @throws UnusableFileError listing every problem
 */
export function usable<T>(option: string, stated: Parsed<T>): T {
  if (stated.ok) return stated.value;
  throw new UnusableFileError(
    `the file of --${option} cannot be used:\n${stated.problems.map((one) => `  ${one}\n`).join('')}`,
  );
}
