import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings, type LoadResult } from '../load-settings.js';

const entry = (name: string): string =>
  `  - { model_name: ${name}, litellm_params: { model: openai/x, api_key: k } }\n`;

function load(files: Readonly<Record<string, string>>): LoadResult {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-include-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const result = loadSettings({ argv: {}, env: {}, cwd: directory });
  rmSync(directory, { recursive: true });
  return result;
}

const problemsOf = (files: Readonly<Record<string, string>>): string => {
  const result = load(files);
  return result.ok
    ? ''
    : result.problems.map(({ path, message }) => `${path} ${message}`).join('\n');
};

describe('include', () => {
  it('continues lists and adds sections, in the order of the files', () => {
    const result = load({
      'config.yaml': `include: [models.yaml, router.yaml]\nmodel_list:\n${entry('a')}`,
      'models.yaml': `model_list:\n${entry('b')}${entry('c')}`,
      'router.yaml': 'router_settings: { num_retries: 5 }\nenvironment_variables: { A: b }',
    });
    expect(result).toMatchObject({ ok: true, settings: { router: { numRetries: 5 } } });
    if (result.ok)
      expect(result.settings.deployments.map(({ modelGroup }) => modelGroup)).toEqual([
        'a',
        'b',
        'c',
      ]);
  });

  it('takes one name, and an empty list', () => {
    expect(
      load({ 'config.yaml': 'include: more.yaml', 'more.yaml': `model_list:\n${entry('a')}` }).ok,
    ).toBe(true);
    expect(load({ 'config.yaml': 'include: []' }).ok).toBe(true);
  });

  it.each([
    [
      'a file that is not there',
      { 'config.yaml': 'include: [none.yaml]' },
      'include[0] names a file that is not there',
    ],
    [
      'a file that is not YAML',
      { 'config.yaml': 'include: [a.yaml]', 'a.yaml': 'a: [' },
      'include[0] is indented',
    ],
    [
      'a file that includes another',
      { 'config.yaml': 'include: [a.yaml]', 'a.yaml': 'include: [b.yaml]' },
      'include[0] includes further files',
    ],
    [
      'a section in two files',
      {
        'config.yaml': 'include: [a.yaml]\ngeneral_settings: { enforce_user_param: true }',
        'a.yaml': 'general_settings: {}',
      },
      'another file has',
    ],
    [
      'a value that is not a list',
      { 'config.yaml': 'include: { a: b }' },
      'include must be a list',
    ],
    [
      'a mistake in an included file',
      { 'config.yaml': 'include: [a.yaml]', 'a.yaml': 'model_list: [{ model_name: a }]' },
      'model_list[0]',
    ],
    [
      'a narrowing key in an included file',
      {
        'config.yaml': 'include: [a.yaml]',
        'a.yaml': 'general_settings: { enforced_params: [user] }',
      },
      'enforced_params',
    ],
  ] as const)('refuses %s', (_name, files, named) => {
    expect(problemsOf(files)).toContain(named);
  });
});
