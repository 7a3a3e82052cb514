import { ConfigPath, type ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import { isLoopbackHost } from '../model/loopback.js';

const SHORTEST_STRONG_LENGTH = 20;
const FEWEST_DISTINCT_CHARACTERS = 6;

/** Words of keys that guides and tutorials print; a key made of them is known to everybody. */
const SAMPLE_WORDS =
  /^(sk|key|master|litellm|gatehouse|proxy|admin|test|testing|demo|dev|example|sample|secret|password|change|changeme|me|your|my|here|replace|this|api|local|default|token|x+|\d{1,10})$/i;

/**
 * Tells whether a master key is one that can be guessed: printed in a guide (`sk-1234`), shorter
 * than 20 characters, or of few different characters (threat A16).
 */
export function isSampleKey(key: string): boolean {
  if (key.length < SHORTEST_STRONG_LENGTH) return true;
  if (new Set(key.slice('sk-'.length)).size < FEWEST_DISTINCT_CHARACTERS) return true;
  return key.split(/[-_.<>]+/).every((word) => word === '' || SAMPLE_WORDS.test(word));
}

/**
 * Refuses a guessable master key where others can reach the gateway, and warns about it elsewhere.
 * @param key the key, or `null`
 * @param path the variable or the key of the file that gave it
 * @param findings collects the problem or warning
 */
export function evaluateMasterKey(
  key: string | null,
  path: string,
  host: string,
  findings: ConfigDiagnostics,
): void {
  if (key === null || !isSampleKey(key)) return;
  const place = new ConfigPath(path, findings);
  if (isLoopbackHost(host))
    place.warn(
      'is a sample or easily guessed: accepted only because no other machine can reach this address',
    );
  else
    place.refuse(
      'is a sample or easily guessed, and the gateway listens beyond this machine',
      'Make one with: echo "sk-$(openssl rand -hex 24)"; or listen on 127.0.0.1.',
    );
}
