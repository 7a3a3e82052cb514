/** A way to log in, by libpq's name. `none`: the server asks for nothing. */
export type LoginMethod = 'password' | 'md5' | 'scram-sha-256' | 'none';

/** The demands of an address on the login. */
export interface LoginPolicy {
  /** libpq's `channel_binding`. */
  readonly binding: 'disable' | 'prefer' | 'require';
  /** libpq's `require_auth`: names, or all but names that begin with `!`; `null` allows every method. */
  readonly methods: readonly string[] | null;
}

/**
 * Returns what an address demands of the login. Where `channel_binding` is left out it is `disable`: the driver
 * cannot read every kind of certificate.
 * @param address the address for the driver; `undefined` for the embedded database
 */
export function loginPolicyOf(address: string | undefined): LoginPolicy {
  const query = address === undefined ? undefined : URL.parse(address)?.searchParams;
  const binding = query?.get('channel_binding');
  const methods = query?.get('require_auth')?.split(',') ?? null;
  return {
    binding: binding === 'require' || binding === 'prefer' ? binding : 'disable',
    methods: methods === null ? null : methods.map((name) => name.trim()),
  };
}

/**
 * Returns why a login must not go on, in words; `null` when it may.
 * @param policy what the address demands
 * @param method what the server asks for, or `none` when it asked for nothing
 * @param isBound the login is bound to the TLS connection (SCRAM-SHA-256-PLUS)
 */
export function loginProblem(
  policy: LoginPolicy,
  method: LoginMethod,
  isBound: boolean,
): string | null {
  if (policy.binding === 'require' && !isBound) {
    return (
      'the server offers no channel binding, which needs TLS and scram-sha-256: ' +
      'correct the server, or leave channel_binding=require out of the address'
    );
  }
  return policy.methods === null || allows(policy.methods, method)
    ? null
    : `the server asks for the login "${method}", which require_auth does not allow: correct pg_hba.conf or the address`;
}

function allows(methods: readonly string[], method: LoginMethod): boolean {
  const isNegated = methods.every((name) => name.startsWith('!'));
  return isNegated ? !methods.includes(`!${method}`) : methods.includes(method);
}
