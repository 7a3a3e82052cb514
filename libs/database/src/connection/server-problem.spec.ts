import { QueryFailedError } from 'typeorm';
import { CERTIFICATE_CODES } from '#libs/common';
import { isLastingProblem, problemInWords } from './server-problem.js';

const system = (code: string, more: object = {}): Error =>
  Object.assign(new Error(`connect ${code} 10.0.0.1:5432`), { code, syscall: 'connect', ...more });

const server = (code: string, message = 'for user "me" at 10.0.0.1'): Error =>
  Object.assign(new Error(message), { code, severity: 'FATAL' });

describe('a problem of a database server is said in words with a remedy', () => {
  it.each([
    [system('ECONNREFUSED'), /^the server refuses the connection \(ECONNREFUSED\): start it/],
    [system('ENOTFOUND'), /^the name of the host is unknown \(ENOTFOUND\): correct the host/],
    [system('EAI_AGAIN'), /^the name service does not respond/],
    [system('ETIMEDOUT'), /^the server does not respond \(ETIMEDOUT\): check host, port/],
    [system('EHOSTUNREACH'), /^no route leads to the server/],
    [system('ECONNRESET'), /closed the connection \(ECONNRESET\): look into the server's log/],
    [system('ENOENT'), /^the directory has no socket of this port/],
    [system('ENOENT', { syscall: 'open' }), /^a certificate file of the address cannot be read/],
    [system('SELF_SIGNED_CERT_IN_CHAIN'), /not signed by a known authority .*: write sslrootcert/],
    [system('CERT_UNTRUSTED'), /not signed by a known authority .*: write sslrootcert/],
    [system('CERT_NOT_YET_VALID'), /is not valid yet .*: compare the clocks/],
    [system('CERT_REVOKED'), /is revoked .*: replace it/],
    [system('HOSTNAME_MISMATCH'), /is for another host .*sslmode=verify-ca/],
    [system('ERR_TLS_CERT_ALTNAME_INVALID'), /is for another host .*sslmode=verify-ca/],
  ])('of the system and of TLS: %s', (error, words) => {
    expect(problemInWords(error)).toMatch(words);
    expect(problemInWords(error)).not.toContain('10.0.0.1');
  });

  it.each([
    ['28P01', /^the server does not accept the password \(28P01\): correct user and password/],
    ['28000', /^the server does not let this user in from here \(28000\): create the role/],
    ['3D000', /^the database does not exist \(3D000\): create it/],
    ['53300', /^the server has no connection left for this user \(53300\): raise max_connections/],
    ['53100', /^the server's disk is full/],
    ['57P01', /^the server is starting, stopping or recovering \(57P01\): wait/],
    ['57P03', /^the server is starting, stopping or recovering \(57P03\): wait/],
    ['42501', /^the user may not do this in the database \(42501\): make the user its owner/],
    ['25006', /^the server takes no writes: .*write the host of the primary/],
    ['08P01', /^a proxy in front of the server refuses/],
    ['08006', /closed the connection/],
  ])('of the server, wrapped by TypeORM or not: %s', (code, words) => {
    expect(problemInWords(server(code))).toMatch(words);
    const wrapped = new QueryFailedError('SELECT $1', ['a secret'], server(code));
    expect(problemInWords(wrapped)).toMatch(words);
    expect(problemInWords(wrapped)).not.toMatch(/a secret|10\.0\.0\.1|"me"/);
  });

  it.each([
    ['timeout expired', /^the server does not respond: check/],
    ['Connection terminated due to connection timeout', /^the server does not respond: check/],
    ['Connection terminated unexpectedly', /closed the connection: look/],
    ['The server does not support SSL connections', /^the server offers no TLS: switch it on/],
    [
      'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string',
      /^the server asks for a password: write/,
    ],
    ['timeout exceeded when trying to connect', /^every connection is busy: look/],
  ])('of the driver, which has no code: %s', (message, words) => {
    expect(problemInWords(new Error(message))).toMatch(words);
  });

  it.each(CERTIFICATE_CODES)('has words for every fault of a certificate: %s', (code) => {
    expect(problemInWords(system(String(code)))).toMatch(/^the server's certificate .+: .+/);
  });

  it('keeps the words of an error that it does not know', () => {
    expect(problemInWords(server('XX000', 'Tenant not found'))).toBe('Tenant not found (XX000)');
    expect(problemInWords(new Error('odd'))).toBe('odd');
    expect(problemInWords('text')).toBe('unknown reason');
  });
});

describe('a problem of a database server', () => {
  it.each([
    server('28P01'),
    server('28000'),
    server('3D000'),
    system('ENOTFOUND'),
    new QueryFailedError('SELECT 1', [], server('3D000')),
  ])('lasts until an operator acts: %s', (error) => {
    expect(isLastingProblem(error)).toBe(true);
  });

  it.each([
    system('ECONNREFUSED'),
    system('ETIMEDOUT'),
    system('EAI_AGAIN'),
    server('57P03'),
    server('53300'),
    new Error('x'),
    null,
  ])('may pass: %s', (error) => {
    expect(isLastingProblem(error)).toBe(false);
  });
});
