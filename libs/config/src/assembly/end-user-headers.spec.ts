import { refusalOf, warningsOf } from '#support/config-outcome';
import { settingsFromYaml } from '../load-settings.js';

const general = (lines: string): string => `general_settings: { ${lines} }`;

describe('headers of end users', () => {
  it('are those of user_header_name and of mappings to customer, in lower case and once', () => {
    const mapping = (name: string, role: string) =>
      `{ header_name: ${name}, litellm_user_role: ${role} }`;
    const several = `[${mapping('X-A', 'customer')}, ${mapping('X-B', 'internal_user')}]`;
    const headersOf = (lines: string) => settingsFromYaml(general(lines)).access.endUserHeaders;
    expect(headersOf('user_header_name: X-User')).toEqual(['x-user']);
    expect(headersOf(`user_header_mappings: ${several}, user_header_name: X-A`)).toEqual(['x-a']);
    expect(headersOf(`user_header_mappings: ${mapping('X-C', 'customer')}`)).toEqual(['x-c']);
    expect(headersOf('enforce_user_param: true')).toEqual([]);
    expect(warningsOf(general(`user_header_mappings: ${several}`)).join()).toContain(
      'users come from tokens',
    );
  });

  it.each(['Authorization', 'x-api-key', 'Cookie', 'Host', 'a b'])(
    'are not %s, whose value must not be stored',
    (name) => {
      expect(refusalOf(general(`user_header_name: "${name}"`))).toContain('no credential');
    },
  );

  it('are not the header of the credential', () => {
    const both = 'user_header_name: X-Who, litellm_key_header_name: x-who';
    expect(refusalOf(general(both))).toContain('whose value is stored');
  });
});
