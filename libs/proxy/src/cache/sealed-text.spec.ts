import { sealed, unsealed } from './sealed-text.js';

const SECRET = 'a-secret-of-this-test';

describe('a sealed text', () => {
  it('is read with the same secret at the same place alone, and does not show what it is', () => {
    const text = sealed('Grüße', SECRET, 'a');
    expect(text).not.toContain('Gr');
    expect(unsealed(text, SECRET, 'a')).toBe('Grüße');
    expect(unsealed(text, SECRET, 'b')).toBeNull();
    expect(unsealed(text, `${SECRET}2`, 'a')).toBeNull();
  });

  it.each(['', 'Grüße', 'sealed1:', 'sealed1:AAAA', 'sealed1:!!'])(
    'that was not written with the secret is not read: "%s"',
    (text) => {
      expect(unsealed(text, SECRET, 'a')).toBeNull();
    },
  );

  it('that was changed is not read', () => {
    const text = sealed('yes', SECRET, 'a');
    const bytes = Buffer.from(text.slice('sealed1:'.length), 'base64');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(unsealed(`sealed1:${changed.toString('base64')}`, SECRET, 'a')).toBeNull();
    }
  });

  it('is the text where there is no secret', () => {
    expect(unsealed(sealed('x', null, 'a'), null, 'a')).toBe('x');
  });
});
