import { ModelNames } from './model-names.js';

const names = new ModelNames({
  deployments: [
    { id: 'one', modelGroup: 'gpt' },
    { id: 'two', modelGroup: 'gpt' },
    { id: 'any', modelGroup: '*' },
    { id: 'gpt', modelGroup: 'other' },
    { id: 'vendor', modelGroup: 'x/*' },
  ],
  omittedDeployments: [{ modelGroup: 'left-out' }],
  router: {
    aliases: [
      { name: 'nick', model: 'gpt' },
      { name: 'other', model: 'x/1' },
      { name: 'chain', model: 'nick' },
      { name: 'by-id', model: 'two' },
    ],
  },
});

describe('a name that a client asks for', () => {
  it.each([
    ['gpt', { group: 'gpt', name: 'gpt', grantedAs: 'gpt', deploymentId: null }],
    [
      'left-out',
      { group: 'left-out', name: 'left-out', grantedAs: 'left-out', deploymentId: null },
    ],
    ['one', { group: 'gpt', name: 'gpt', grantedAs: 'gpt', deploymentId: 'one' }],
    ['x/2', { group: 'x/*', name: 'x/2', grantedAs: 'x/2', deploymentId: null }],
    ['nick', { group: 'gpt', name: 'gpt', grantedAs: 'nick', deploymentId: null }],
    ['other', { group: 'x/*', name: 'x/1', grantedAs: 'other', deploymentId: null }],
    ['by-id', { group: 'gpt', name: 'gpt', grantedAs: 'by-id', deploymentId: 'two' }],
  ])('leads to one group, by its kind: %s', (model, expected) => {
    expect(names.find(model)).toEqual(expected);
  });

  it('never leads to a deployment of a wildcard group, nor through two aliases', () => {
    expect(names.find('vendor')).toMatchObject({ group: '*', name: 'vendor', deploymentId: null });
    expect(names.find('chain')).toMatchObject({ group: '*', name: 'nick' });
  });

  it.each(['constructor', '__proto__', 'toString'])('is nothing by the name %s', (model) => {
    const few = new ModelNames({
      deployments: [{ id: 'one', modelGroup: 'gpt' }],
      router: { aliases: [] },
    });
    expect(few.find(model)).toBeNull();
  });

  it('lists the groups in the order of the configuration', () => {
    expect(names.groups).toEqual(['left-out', 'gpt', '*', 'other', 'x/*']);
  });
});
