import { isGatehouseError } from '#libs/common';
import { newRevocationOf } from './requested-revocation.js';
import type { CreateRevocationRequest } from './revocation.request.js';

const NOW = new Date('2026-01-01T12:00:00Z');
const ISSUER = 'https://issuer.example';

const read = (request: CreateRevocationRequest) => newRevocationOf(request, 'root', NOW);

function paramOf(request: CreateRevocationRequest): string | null {
  try {
    read(request);
  } catch (error) {
    if (!isGatehouseError(error, 'request_invalid')) throw error;
    return error.param;
  }
  throw new Error('the request was accepted');
}

describe('a requested revocation', () => {
  it.each<[CreateRevocationRequest, string]>([
    [{ kind: 'token', issuer: ISSUER, token_id: 'x' }, 'x'],
    [{ kind: 'subject', issuer: ISSUER, subject: 'x' }, 'x'],
    [{ kind: 'session', issuer: ISSUER, session_id: 'x' }, 'x'],
    [{ kind: 'client', issuer: ISSUER, client_id: 'x' }, 'x'],
  ])('of %j holds for ever and for every time of issue', (request, value) => {
    expect(read(request)).toEqual({
      kind: request.kind,
      issuer: ISSUER,
      value,
      issuedBefore: null,
      expiresAt: null,
      source: 'admin',
      note: null,
      createdBy: 'root',
    });
  });

  it('by time means everything until now unless it says otherwise', () => {
    expect(read({ kind: 'issued_before' })).toMatchObject({
      issuer: null,
      value: null,
      issuedBefore: NOW,
    });
    const issued_before = '2025-12-31T23:00:00+01:00';
    expect(
      read({ kind: 'issued_before', issuer: ISSUER, subject: 'alice', issued_before }),
    ).toMatchObject({ issuer: ISSUER, value: 'alice', issuedBefore: new Date(issued_before) });
  });

  it('keeps the end and the note', () => {
    const expires_at = '2026-02-01T00:00:00Z';
    expect(
      read({ kind: 'client', issuer: ISSUER, client_id: 'x', expires_at, note: 'leaked' }),
    ).toMatchObject({ expiresAt: new Date(expires_at), note: 'leaked' });
  });

  it.each<[string, CreateRevocationRequest]>([
    ['issuer', { kind: 'token', token_id: 'x' }],
    ['issuer', { kind: 'subject', subject: 'x' }],
    ['issuer', { kind: 'issued_before', subject: 'x' }],
    ['token_id', { kind: 'token', issuer: ISSUER }],
    ['session_id', { kind: 'session', issuer: ISSUER }],
    ['subject', { kind: 'session', issuer: ISSUER, session_id: 'x', subject: 'y' }],
    ['client_id', { kind: 'issued_before', client_id: 'x' }],
    [
      'issued_before',
      { kind: 'subject', issuer: ISSUER, subject: 'x', issued_before: '2025-01-01T00:00:00Z' },
    ],
    ['issued_before', { kind: 'issued_before', issued_before: '2026-01-01T12:02:00Z' }],
    ['issued_before', { kind: 'issued_before', issued_before: '2025-01-01T24:61:00Z' }],
    ['expires_at', { kind: 'issued_before', expires_at: '2026-01-01T12:00:00Z' }],
    ['expires_at', { kind: 'issued_before', expires_at: '2026-02-30T12:00:00Z' }],
  ])('names %s at fault in %j', (param, request) => {
    expect(paramOf(request)).toBe(param);
  });
});
