import { passwordOf, type Person } from './people.js';

/** One HTTP call of the story, from which both the real call and its printed `curl` are made. */
export interface Call {
  readonly method: 'GET' | 'POST';
  /** Path below the gateway. */
  readonly path: string;
  /** Whose token is sent; `null` sends none. */
  readonly as: Person | null;
  readonly body?: object;
}

/**
 * The command that mints a person's token and prints it alone.
 * @param tokenUrl the provider's token endpoint
 */
function tokenCurl(tokenUrl: string, person: Person): string {
  const scope = person.scope === undefined ? '' : ` -d scope=${person.scope}`;
  const extract = String.raw`sed 's/.*"access_token":"\([^"]*\)".*/\1/'`;
  return `curl -s -u ${person.name}:${passwordOf(person)} -d grant_type=client_credentials${scope} ${tokenUrl} | ${extract}`;
}

/**
 * The command that repeats a call. It mints its own token, so that each line works by itself.
 * @param gatewayUrl where the gateway is
 * @param tokenUrl where tokens are minted
 */
export function curlOf(call: Call, gatewayUrl: string, tokenUrl: string): string {
  return [
    'curl -s -N',
    call.method === 'GET' ? '' : `-X ${call.method}`,
    call.as === null ? '' : `-H "authorization: Bearer $(${tokenCurl(tokenUrl, call.as)})"`,
    call.body === undefined
      ? ''
      : `-H 'content-type: application/json' -d '${JSON.stringify(call.body)}'`,
    `'${gatewayUrl}${call.path}'`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}
