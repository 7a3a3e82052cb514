import { anIssuer, jwtSettings } from '#support/jwt-settings';
import { protectedResourceOf } from './protected-resource.js';

const ROOT = { origin: 'https://llm.acme.example', path: '' };
const BELOW = { ...ROOT, path: '/gw' };
const issuers = [
  anIssuer({ issuer: 'https://idp.example/realms/staff' }),
  anIssuer({ issuer: 'https://idp.example/realms/staff' }),
  anIssuer({ issuer: 'https://token.actions.githubusercontent.com', preset: 'github-actions' }),
  anIssuer({ issuer: 'spiffe-without-address' }),
  anIssuer({ issuer: 'https://user:secret@idp.example' }),
  anIssuer({ issuer: null }),
];

describe('protected resource metadata (RFC 9728)', () => {
  it('names the resource, whose tokens count, which scopes open something, and how to send a token', () => {
    const jwt = jwtSettings({
      issuers,
      scopeMappings: [
        { scope: 'chat', models: ['a'], routes: null },
        { scope: 'chat', models: ['b'], routes: null },
        { scope: 'embed', models: null, routes: ['/embeddings'] },
      ],
    });
    expect(protectedResourceOf(ROOT, '', jwt)).toEqual({
      resource: 'https://llm.acme.example',
      authorization_servers: ['https://idp.example/realms/staff'],
      scopes_supported: ['chat', 'embed'],
      bearer_methods_supported: ['header'],
    });
  });

  it('leaves out what is empty (RFC 9728 section 3.2)', () => {
    const jwt = jwtSettings({ enabled: false, issuers });
    expect(protectedResourceOf(ROOT, '', jwt)).toEqual({
      resource: 'https://llm.acme.example',
      bearer_methods_supported: ['header'],
    });
  });

  it('never tells clients to ask for the scope of administrators', () => {
    const jwt = jwtSettings({ issuers });
    expect(JSON.stringify(protectedResourceOf(ROOT, '', jwt))).not.toContain(jwt.adminScope);
  });

  it.each([
    [ROOT, '/v1', 'https://llm.acme.example/v1'],
    [BELOW, '', 'https://llm.acme.example/gw'],
    [BELOW, '/gw', 'https://llm.acme.example/gw'],
    [BELOW, '/gw/v1', 'https://llm.acme.example/gw/v1'],
    [BELOW, '/gwx', undefined],
    [BELOW, '/v1', undefined],
  ])('at %j for the path %j is of %s', (address, suffix, resource) => {
    expect(protectedResourceOf(address, suffix, jwtSettings())?.resource).toBe(resource);
  });
});
