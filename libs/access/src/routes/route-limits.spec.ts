import { commonRoutes, namesAllRoutes } from './route-limits.js';

describe('a list of routes', () => {
  it.each<[readonly string[], readonly string[], boolean]>([
    [['openai_routes'], ['/v1/chat/completions', '/embeddings'], true],
    [['llm_api_routes'], ['openai_routes'], true],
    [['openai_routes'], ['llm_api_routes'], false],
    [['*'], ['management_routes', '/anything/*'], true],
    [['openai_routes'], ['*'], false],
    [['/v1/files/*'], ['/v1/files/{id}'], false],
    [['GET /key/list'], ['/key/list'], false],
    [[], ['/embeddings'], false],
    [[], [], true],
  ])('%j names all of %j: %p', (list, entries, expected) => {
    expect(namesAllRoutes(list, entries)).toBe(expected);
  });

  it.each<[readonly (readonly string[])[], readonly string[] | null]>([
    [[], []],
    [[['*']], []],
    [[['openai_routes']], ['openai_routes']],
    [[['*'], ['/embeddings', '*'], ['/embeddings']], ['/embeddings']],
    [[['/v1/embeddings', '/key/list'], ['openai_routes']], ['/embeddings']],
    [[['/embeddings'], ['/chat/completions']], null],
    [[[]], null],
  ])('of %j what all hold is %j', (limits, expected) => {
    expect(commonRoutes(limits)).toEqual(expected);
  });
});
