import fc from 'fast-check';
import { nearName, suggestName } from './did-you-mean.js';

const KNOWN = ['team_id_jwt_field', 'user_id_jwt_field', 'drain', 'cancel', 'require_auth'];

describe('nearName', () => {
  it.each([
    ['team_id_jwt_feild', 'team_id_jwt_field'],
    ['teamIdJwtField', 'team_id_jwt_field'],
    ['user-id-jwt-field', 'user_id_jwt_field'],
    ['drian', 'drain'],
    ['cancell', 'cancel'],
    ['reuqrieauth', 'require_auth'],
    ['reuqireauthx', 'require_auth'],
  ])('takes %s for %s', (written, meant) => {
    expect(nearName(written, KNOWN)).toBe(meant);
  });

  it.each(['colour', 'x', '', 'y'.repeat(100_000)])(
    'suggests nothing for a stranger',
    (written) => {
      expect(nearName(written, KNOWN)).toBeNull();
    },
  );

  it('suggests a known name for itself among all other known names', () => {
    const name = fc.stringMatching(/^[a-z][a-z_]{2,20}$/);
    fc.assert(
      fc.property(name, fc.array(name), (known, others) => {
        const near = nearName(known, [known, ...others]);
        expect(near?.replaceAll('_', '')).toBe(known.replaceAll('_', ''));
      }),
    );
  });

  it('lists every known name where none is near', () => {
    expect(suggestName('colour', ['drain', 'cancel'])).toBe('Use one of: drain, cancel.');
  });
});
