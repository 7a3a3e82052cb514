import { aRoute } from '#support/a-route';
import { evaluateClientTags, evaluateUserParam } from './role-permissions.js';

const isRefused = (text: string, endUserId: string | null, requireUserParam = true): boolean =>
  evaluateUserParam({ requireUserParam }, aRoute(text), endUserId) !== null;

describe('a required end user', () => {
  it.each([
    ['POST /v1/chat/completions', null, true],
    ['POST /v1/chat/completions', 'customer', false],
    ['POST /v1/messages', null, true],
    ['GET /v1/models', null, false],
    ['POST /mcp/tools/call', null, false],
    ['POST /team/new', null, false],
  ])('%s for %s is refused: %s', (text, endUserId, expected) => {
    expect(isRefused(text, endUserId)).toBe(expected);
  });

  it('is a fault of the request, and named', () => {
    const refusal = evaluateUserParam({ requireUserParam: true }, aRoute('POST /embeddings'), null);
    expect(refusal).toMatchObject({ code: 'request_invalid', response: { param: 'user' } });
  });

  it('is asked for only where it is required', () => {
    expect(isRefused('POST /v1/chat/completions', null, false)).toBe(false);
  });
});

describe('tags that a call states', () => {
  it.each([
    [['own', 'other'], ['own'], true, true],
    [['own', 'other'], ['own'], false, false],
    [['own'], ['own'], true, false],
    [[], ['own'], true, false],
  ])(
    '%j beside %j, not accepted: %s, are refused: %s',
    (tags, ownTags, rejectClientTags, refused) => {
      const refusal = evaluateClientTags({ rejectClientTags }, { tags, ownTags }, () => 'tags');
      expect(refusal !== null).toBe(refused);
      if (refused)
        expect(refusal).toMatchObject({ code: 'request_invalid', response: { param: 'tags' } });
    },
  );
});
