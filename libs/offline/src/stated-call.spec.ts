import { callOf, completeClaims, completeRequest } from './stated-call.js';

const NOW = 1_800_000_000;

describe('completeClaims', () => {
  it('makes a fresh token of the issuer', () => {
    expect(
      completeClaims({ issuer: 'https://idp.example', claims: { sub: 'a' } }, {}, NOW),
    ).toEqual({
      iss: 'https://idp.example',
      iat: NOW,
      exp: NOW + 3_600,
      sub: 'a',
    });
  });

  it('lays the claims of a case over those of its file, and null takes one away', () => {
    const defaults = { issuer: 'https://idp.example', claims: { sub: 'a', aud: 'x', team: 't' } };
    const one = { claims: { team: null, aud: ['y'], exp: null } };
    expect(completeClaims(one, defaults, NOW)).toEqual({
      iss: 'https://idp.example',
      iat: NOW,
      sub: 'a',
      aud: ['y'],
    });
  });
});

describe('completeRequest', () => {
  it('is a chat completion by default', () => {
    expect(completeRequest()).toEqual({
      method: 'POST',
      route: '/v1/chat/completions',
      model: undefined,
      user: undefined,
      headers: {},
    });
  });

  it('takes from the file what the case leaves open', () => {
    const defaults = { model: 'm', route: '/v1/models', headers: { a: '1', b: '1' } };
    expect(completeRequest({ method: 'GET', headers: { b: '2' } }, defaults)).toMatchObject({
      method: 'GET',
      route: '/v1/models',
      model: 'm',
      headers: { a: '1', b: '2' },
    });
  });
});

describe('callOf', () => {
  it('asks about a token as it stands', () => {
    const one = { name: 'a', token: 'sk-a', expect: { status: 401 } };
    const defaults = { claims: { sub: 'not used' } };
    expect(callOf(one, defaults, NOW).caller).toEqual({ kind: 'token', token: 'sk-a' });
  });
});
