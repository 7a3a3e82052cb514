import { keysAt } from '#support/config-keys';
import { describedKeys } from './key-list.js';

describe('the list of keys', () => {
  const keys = describedKeys();
  const at = (path: string) => keys.find((key) => key.path === path);

  it('has the keys of every section and of the entries of lists, each with its meaning', () => {
    const sections = ['general_settings.litellm_jwtauth', 'gatehouse.issuers[]', 'model_list[]'];
    const expected = sections.flatMap((path) => keysAt(path).map((key) => `${path}.${key}`));
    const paths = keys.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(expected));
    expect(new Set(paths).size).toBe(paths.length);
    expect(keys.filter(({ description }) => description === '')).toEqual([]);
  });

  it('has defaults and differences', () => {
    expect(at('gatehouse.jwt.max_token_bytes')).toMatchObject({ default: '16384', differs: null });
    expect(at('litellm_settings.set_verbose')?.differs).toContain('at any level');
    expect(at('general_settings.litellm_jwtauth.team_id_jwt_field')?.default).toBeNull();
  });
});
