import { mayUseModel, type ModelFacts } from './model-pattern.js';

const facts: ModelFacts = { accessGroups: ['cheap'] };

describe('a list of models', () => {
  it.each([
    [[], true],
    [['*'], true],
    [['all-proxy-models'], true],
    [['gpt-4o'], true],
    [['GPT-4o'], false],
    [['gpt-4'], false],
    [['cheap'], true],
    [['dear'], false],
    [['gpt-*'], true],
    [['claude-*'], false],
    [['openai/*'], false],
    [['azure/gpt-*'], false],
    [['anthropic/*'], false],
    [['o*'], false],
    [['no-default-models'], false],
    [['no-default-models', 'gpt-4o', '*'], false],
    [['claude', 'gpt-4o'], true],
  ])('%j grants gpt-4o: %s', (list, expected) => {
    expect(mayUseModel(list, 'gpt-4o', facts)).toBe(expected);
  });

  it('evaluates a model that does not exist by its name alone', () => {
    expect(mayUseModel(['openai/*'], 'nothing')).toBe(false);
    expect(mayUseModel(['noth*'], 'nothing')).toBe(true);
  });

  it.each(['openai/*', 'openai/gpt-*', '*/gpt-4o'])(
    '%s grants the name that has the prefix',
    (entry) => {
      expect(mayUseModel([entry], 'openai/gpt-4o', facts)).toBe(true);
      expect(mayUseModel([entry], 'gpt-4o', facts)).toBe(false);
    },
  );
});
