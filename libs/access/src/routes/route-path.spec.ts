import fc from 'fast-check';
import { canonicalPath, requestedRoute, spellingsOf } from './route-path.js';

const pathOf = (target: string): string | null => requestedRoute('POST', target)?.path ?? null;

describe('the canonical path of a request', () => {
  it.each([
    ['/v1/chat/completions', '/chat/completions'],
    ['/chat/completions', '/chat/completions'],
    ['/chat/completions/', '/chat/completions'],
    ['/chat/completions?model=x/../y', '/chat/completions'],
    ['/engines/gpt-4o/chat/completions', '/chat/completions'],
    ['/v1/engines/gpt-4o/chat/completions', '/chat/completions'],
    ['/v1/engines/gpt-4o/embeddings/', '/embeddings'],
    ['/openai/deployments/gpt-4o/chat/completions?api-version=1', '/chat/completions'],
    ['/openai/deployments/gpt-4o/embeddings', '/embeddings'],
    ['/openai/v1/responses/resp_1', '/responses/resp_1'],
    ['/v1/model/info', '/model/info'],
    ['/', '/'],
  ])('reads %s as %s', (target, path) => {
    expect(pathOf(target)).toBe(path);
  });

  it.each(['/v1/agents', '/v1/mcp/server', '/v1/messages', '/v1/team/new', '/v2/rerank', '/v1'])(
    'does not fold %s, whose bare form is another route',
    (target) => {
      expect(pathOf(target)).toBe(target);
    },
  );

  it.each([
    '//v1/chat/completions',
    '/v1//chat/completions',
    '/v1/chat/completions//',
    '/v1/./chat/completions',
    '/v1/x/../chat/completions',
    '/v1/chat%2fcompletions',
    '/v1/%63hat/completions',
    '/v1/%2e%2e/team/new',
    '/v1/chat/completions;x=1',
    '/v1\\chat\\completions',
    '/v1/chat/completions#x',
    '/v1/chat/comple tions',
    '/v1/chat/complétions',
    'http://host/v1/chat/completions',
    'v1/chat/completions',
    '*',
    '',
    `/${'a'.repeat(5_000)}`,
  ])('refuses %s, which is not in normal form', (target) => {
    expect(requestedRoute('POST', target)).toBeNull();
  });

  it('compares case-sensitively', () => {
    expect(pathOf('/V1/chat/completions')).toBe('/V1/chat/completions');
  });

  it('reads HEAD as GET and any method in upper case', () => {
    expect(requestedRoute('head', '/models')?.method).toBe('GET');
    expect(requestedRoute('post', '/models')?.method).toBe('POST');
  });
});

describe('the model of a path', () => {
  it.each([
    ['/engines/gpt-4o/chat/completions', 'gpt-4o'],
    ['/v1/engines/gpt-4o/chat/completions', 'gpt-4o'],
    ['/v1/engines/openai%2Fgpt-4o/completions', 'openai/gpt-4o'],
    ['/openai/deployments/openai%2Fgpt-4o/chat/completions', 'openai/gpt-4o'],
    ['/chat/completions', null],
    ['/models/gpt-4o', null],
  ])('is taken from %s as %s', (target, model) => {
    expect(requestedRoute('POST', target)?.model).toBe(model);
  });

  it.each([
    '/engines/%zz/chat/completions',
    '/engines/%00/chat/completions',
    '/v1/engines/%zz/chat/completions',
    '/engines/%ff/embeddings',
    '/models/%zz',
  ])('is refused when %s cannot be decoded', (target) => {
    expect(requestedRoute('POST', target)).toBeNull();
  });

  it('may be encoded behind /models', () => {
    expect(requestedRoute('GET', '/v1/models/openai%2Fgpt-4o')?.path).toBe(
      '/models/openai%2Fgpt-4o',
    );
  });
});

describe('the model in a path of Google’s', () => {
  it.each([
    ['/v1beta/models/gemini:generateContent', 'gemini', '/v1beta/models/gemini:generateContent'],
    ['/v1/models/gemini:countTokens', 'gemini', '/v1beta/models/gemini:countTokens'],
    ['/models/a/b:streamGenerateContent', 'a/b', '/v1beta/models/a/b:streamGenerateContent'],
    ['/models/a%2Fb:generateContent', 'a/b', '/v1beta/models/a%2Fb:generateContent'],
    ['/models/a:b:generateContent', 'a:b', '/v1beta/models/a:b:generateContent'],
    ['/v1beta/models/gemini:embedContent', null, '/v1beta/models/gemini:embedContent'],
    ['/v1beta/models/gemini:GenerateContent', null, '/v1beta/models/gemini:GenerateContent'],
    ['/v1beta/models/:generateContent', null, '/v1beta/models/:generateContent'],
    ['/v1beta/models/a/:generateContent', null, '/v1beta/models/a/:generateContent'],
    ['/v1beta/models/gemini', null, '/v1beta/models/gemini'],
  ])('%s is %s', (target, model, path) => {
    expect(requestedRoute('POST', target)).toMatchObject({ model, path });
  });

  it.each([
    '/v1beta/models/a%zz:generateContent',
    '/v1beta/%6dodels/a:generateContent',
    '/v1beta/models/a%00:generateContent',
    '/v1beta/models/../a:generateContent',
  ])('is never read from %s', (target) => {
    expect(requestedRoute('POST', target)).toBeNull();
  });
});

describe('the spellings of a route', () => {
  it('all have the route as their canonical form', () => {
    for (const path of [
      '/chat/completions',
      '/files/f1',
      '/responses',
      '/model/info',
      '/team/new',
      '/v1beta/models/gemini:generateContent',
    ]) {
      for (const spelling of spellingsOf(path)) expect(canonicalPath(spelling)).toBe(path);
    }
  });

  it('lead back to themselves: canonicalising twice changes nothing', () => {
    const segment = fc.constantFrom(
      'v1',
      'openai',
      'engines',
      'deployments',
      'chat',
      'completions',
      'x',
    );
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 6 }), (segments) => {
        const once = canonicalPath(`/${segments.join('/')}`);
        expect(pathOf(`/${segments.join('/')}`)).toBe(once);
        for (const spelling of spellingsOf(once)) {
          expect(spellingsOf(canonicalPath(spelling))).toContain(spelling);
        }
      }),
    );
  });
});
