import { commonModels } from './model-limits.js';

it.each<[readonly (readonly string[])[], readonly string[] | null]>([
  [[], []],
  [[['*'], ['all-proxy-models']], []],
  [[['gpt-4o', 'mini']], ['gpt-4o', 'mini']],
  [[['gpt-*'], ['gpt-4o', 'mini']], ['gpt-4o']],
  [[['gpt-*'], ['gpt-4*']], ['gpt-4*']],
  [[['*'], ['mini'], ['mini']], ['mini']],
  [[['gpt-4o'], ['mini']], null],
  [[['beta-models'], ['gpt-4o']], null],
  [[[]], null],
  [[['mini'], []], null],
  [[['mini', 'no-default-models']], null],
  [[['*', 'no-default-models']], null],
])('of %j what all lists of models grant is %j', (limits, expected) => {
  expect(commonModels(limits)).toEqual(expected);
});
