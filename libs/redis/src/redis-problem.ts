import { ErrorReply } from '@redis/client';
import { certificateFaultOf } from '#libs/common';

/** Redis could not do what was asked, or it is not known whether it did. The message names no secret. */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError';
}

/** Codes of the operating system, and the first words of the server's own errors. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'the server refuses the connection'],
  ['ECONNRESET', 'the server closed the connection'],
  ['ENOTFOUND', 'the name of the host is unknown'],
  ['EAI_AGAIN', 'the name service does not respond'],
  ['ETIMEDOUT', 'the server does not respond'],
  ['EHOSTUNREACH', 'no route leads to the server'],
  ['ENETUNREACH', 'no route leads to the server'],
  ['WRONGPASS', 'the server does not accept user and password'],
  ['NOAUTH', 'the server demands a password'],
  ['NOPERM', 'the user may not run what is needed'],
  ['LOADING', 'the server loads its data'],
  ['READONLY', 'the server is a replica, which cannot be written'],
  ['MISCONF', 'the server cannot save its data and takes no writes'],
  ['OOM', 'the memory of the server is full'],
]);

/** Returns the problem of an error in words that hold no address, no secret and no data. */
export function redisProblem(error: unknown): string {
  if (error instanceof RedisUnavailableError) return error.message;
  if (!(error instanceof Error)) return 'unknown problem';
  if (error instanceof ErrorReply) {
    const word = error.message.split(' ', 1)[0] ?? '';
    return WORDS.get(word) ?? `the server responds with the error ${word.replaceAll(/\W/g, '')}`;
  }
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const fault = certificateFaultOf(code);
  if (fault !== null) return `the certificate of the server is not accepted: ${fault}`;
  return WORDS.get(code) ?? (code === '' ? 'the connection was closed' : code);
}
