import type { Duplex } from 'node:stream';
import pg from 'pg';
import { loginPolicyOf, loginProblem, type LoginMethod, type LoginPolicy } from './login-policy.js';

const BOUND_MECHANISM = 'SCRAM-SHA-256-PLUS';

/** Messages of the driver's connection during a login. */
interface LoginEvents {
  readonly stream: Duplex;
  emit(event: 'error', error: Error): unknown;
  prependListener(event: string, listener: (message: { mechanisms?: string[] }) => void): unknown;
}

/**
 * A connection that honours `channel_binding` and `require_auth` of its address, which the driver ignores.
 *
 * A login that the address does not allow is ended before any secret is sent: the socket is destroyed by a listener
 * that runs before the driver's own.
 */
export class ServerClient extends pg.Client {
  /** @param config as for `pg.Client` */
  constructor(config: pg.ClientConfig = {}) {
    const policy = loginPolicyOf(config.connectionString);
    super({ ...config, enableChannelBinding: policy.binding !== 'disable' });
    watchLogin(this.connection, policy);
  }
}

function watchLogin(connection: LoginEvents, policy: LoginPolicy): void {
  let isBound = false;
  let completed: LoginMethod = 'none';
  const check = (method: LoginMethod, isBinding: boolean): void => {
    const problem = loginProblem(policy, method, isBinding);
    if (problem === null) return;
    connection.stream.destroy();
    // At once: the server may have said in the same packet that it is ready.
    connection.emit('error', new Error(problem));
  };
  connection.prependListener('authenticationCleartextPassword', () => {
    completed = 'password';
    check('password', false);
  });
  connection.prependListener('authenticationMD5Password', () => {
    completed = 'md5';
    check('md5', false);
  });
  connection.prependListener('authenticationSASL', ({ mechanisms = [] }) => {
    isBound = policy.binding !== 'disable' && mechanisms.includes(BOUND_MECHANISM);
    check('scram-sha-256', isBound);
  });
  connection.prependListener('authenticationSASLFinal', () => {
    completed = 'scram-sha-256';
  });
  // The end of the login counts, too: a server may skip every question.
  connection.prependListener('authenticationOk', () => {
    check(completed, isBound && completed === 'scram-sha-256');
  });
}
