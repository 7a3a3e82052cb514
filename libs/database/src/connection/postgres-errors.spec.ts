import { QueryFailedError } from 'typeorm';
import {
  isConnectionLost,
  isRaceLost,
  isUnavailable,
  postgresErrorCode,
  withoutValues,
} from './postgres-errors.js';

function serverError(code: string, more: object = {}): QueryFailedError {
  const driverError = Object.assign(new Error('as the server says'), {
    code,
    severity: 'ERROR',
    ...more,
  });
  return new QueryFailedError('SELECT $1', ['a secret'], driverError);
}

describe('errors of PostgreSQL', () => {
  it('are distinguished from those of the system, although both have codes of five letters', () => {
    const broken = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    expect(postgresErrorCode(broken)).toBeNull();
    expect(isConnectionLost(broken)).toBe(true);
    expect(postgresErrorCode(serverError('23505'))).toBe('23505');
  });

  it.each(['08006', '57P01', '57P03', '25006'])('%s ends the use of the connection', (code) => {
    expect(isConnectionLost(serverError(code))).toBe(true);
  });

  it.each(['53300', '53100', '57014', '55P03', '28P01', '3D000'])(
    '%s makes the database unavailable without breaking the connection',
    (code) => {
      expect(isConnectionLost(serverError(code))).toBe(false);
      expect(isUnavailable(serverError(code))).toBe(true);
    },
  );

  it.each(['23505', '42601', '22P02', '25P02'])(
    '%s is a defect or an answer, not an outage',
    (code) => {
      expect(isUnavailable(serverError(code))).toBe(false);
    },
  );

  it('lose races by serialisation failure and deadlock', () => {
    expect(isRaceLost(serverError('40001'))).toBe(true);
    expect(isRaceLost(serverError('40P01'))).toBe(true);
    expect(isRaceLost(serverError('40002'))).toBe(false);
  });

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Query read timeout',
    'timeout expired',
  ])('"%s" of the driver is a lost connection', (message) => {
    expect(isConnectionLost(new Error(message))).toBe(true);
  });

  it('a busy pool makes the database unavailable without breaking a connection', () => {
    const busy = new Error('timeout exceeded when trying to connect');
    expect(isConnectionLost(busy)).toBe(false);
    expect(isUnavailable(busy)).toBe(true);
  });

  it('carry no bound values once they leave', () => {
    const error = serverError('23505', { detail: 'Key (email)=(a secret) already exists.' });
    expect(JSON.stringify(withoutValues(error))).not.toContain('a secret');
  });
});
