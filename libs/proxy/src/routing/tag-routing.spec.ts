import { aDeployment } from '#support/access-builders';
import { taggedDeployments } from './tag-routing.js';

const deployments = [
  aDeployment({ id: 'free', tags: ['free'] }),
  aDeployment({ id: 'paid', tags: ['paid', 'eu'] }),
  aDeployment({ id: 'rest', tags: ['default'] }),
  aDeployment({ id: 'untagged', tags: [] }),
];
const withoutDefault = deployments.filter(({ id }) => id !== 'rest');

type Match = 'any' | 'all' | null;
const served = (
  from: typeof deployments,
  tags: readonly string[],
  match: Match,
  tagPrefix = '',
): string[] =>
  taggedDeployments(from, tags, { tags: match, tagPrefix, isContextChecked: false }).map(
    ({ id }) => id,
  );

describe('tag routing', () => {
  it.each<[string, readonly string[], Match, readonly string[]]>([
    ['off', ['free'], null, ['free', 'paid', 'rest', 'untagged']],
    ['one tag', ['free'], 'any', ['free']],
    ['one of two tags', ['free', 'eu'], 'any', ['free', 'paid']],
    ['all of two tags', ['paid', 'eu'], 'all', ['paid']],
    ['tags that none has together', ['free', 'eu'], 'all', ['rest']],
    ['a tag that none has', ['gold'], 'any', ['rest']],
    ['no tag', [], 'any', ['rest']],
  ])('with a default deployment: %s', (_what, tags, match, ids) => {
    expect(served(deployments, tags, match)).toEqual(ids);
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['a tag that none has', ['gold'], []],
    ['no tag', [], ['free', 'paid', 'untagged']],
  ])('without a default deployment: %s', (_what, tags, ids) => {
    expect(served(withoutDefault, tags, 'any')).toEqual(ids);
  });

  it.each<[readonly string[], Match, readonly string[]]>([
    [['route:free'], 'any', ['free']],
    [['route:paid', 'route:eu'], 'all', ['paid']],
    [['route:route:free'], 'any', ['rest']],
    [['Route:free'], 'any', ['rest']],
    [['free'], 'any', ['free']],
    [['route:free', 'eu'], 'any', ['free', 'paid']],
    [['route:'], 'any', ['rest']],
  ])('takes the configured prefix off the tags %j (%s)', (tags, match, ids) => {
    expect(served(deployments, tags, match, 'route:')).toEqual(ids);
  });
});
