import { aliasedModel, aliasesOfCaller } from './model-aliases.js';

describe('aliases of models', () => {
  it('lead one step on, also to a name that is an alias itself', () => {
    const aliases = { quick: 'small', small: 'large' };
    expect(aliasedModel('quick', aliases)).toBe('small');
    expect(aliasedModel('other', aliases)).toBe('other');
    expect(aliasedModel('other', undefined)).toBe('other');
  });

  it.each(['constructor', '__proto__', 'toString'])('do not lead %s anywhere unasked', (name) => {
    expect(aliasedModel(name, { quick: 'small' })).toBe(name);
  });

  it('of a key apply after those of the team', () => {
    const team = { quick: 'small', best: 'large' };
    const key = { small: 'tiny', quick: 'never', own: 'large' };
    expect(aliasesOfCaller({ team, key })).toEqual({
      quick: 'tiny',
      best: 'large',
      small: 'tiny',
      own: 'large',
    });
    expect(aliasesOfCaller({ team })).toBe(team);
    expect(aliasesOfCaller({ key })).toBe(key);
    expect(aliasesOfCaller({})).toBeUndefined();
  });
});
