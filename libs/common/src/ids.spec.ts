import { clientRequestIdOf, isIdentityText, newDecisionId, newRequestId } from './ids.js';

describe('request and decision ids', () => {
  it('sort by the time at which they were made', () => {
    expect([newRequestId(2_000_000_000_001), newRequestId(2_000_000_000_000)].sort()[0]).toContain(
      (2_000_000_000_000).toString(16),
    );
  });

  it.each([1, 255, 2_000_000_000_000])('have one form at %i ms', (nowMs) => {
    const digits = nowMs.toString(16).padStart(12, '0');
    for (let count = 0; count < 500; count += 1) {
      expect(newRequestId(nowMs)).toMatch(new RegExp(`^req_${digits}[0-9a-f]{20}$`));
      expect(newDecisionId(nowMs)).toMatch(new RegExp(`^dec_${digits}[0-9a-f]{20}$`));
    }
  });

  it('never repeat, also within one millisecond', () => {
    const ids = new Set(Array.from({ length: 10_000 }, () => newDecisionId(1)));
    expect(ids.size).toBe(10_000);
  });
});

describe('isIdentityText', () => {
  it.each(['alice', 'a'.repeat(255), 'ü', 'org/team:1', ' spaced '])('accepts %p', (text) => {
    expect(isIdentityText(text)).toBe(true);
  });

  it.each([
    '',
    ' ',
    ' \t\n',
    '\u00a0\u3000',
    'a'.repeat(256),
    'ü'.repeat(128),
    'nul\0',
    '\ud800',
    7,
    null,
    undefined,
    ['a'],
    { a: 1 },
  ])('refuses %p', (value) => {
    expect(isIdentityText(value)).toBe(false);
  });
});

describe('clientRequestIdOf', () => {
  it('keeps visible ASCII up to 128 characters', () => {
    expect(clientRequestIdOf('x'.repeat(128))).toHaveLength(128);
  });

  it.each(['', 'x'.repeat(129), 'two words', 'line\nbreak', 'ü', ['a'], undefined])(
    'drops %p',
    (value) => {
      expect(clientRequestIdOf(value)).toBeNull();
    },
  );
});
