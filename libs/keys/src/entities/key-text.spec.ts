import {
  isChosenKeyText,
  isKeyId,
  isKeyText,
  keyIdOf,
  keyNameOf,
  namedKeyId,
  newKeyText,
} from './key-text.js';

describe('the text of a key', () => {
  it('is sk- and 128 random bits, never the same twice', () => {
    const keys = new Set(Array.from({ length: 1_000 }, newKeyText));
    expect(keys.size).toBe(1_000);
    for (const key of keys) expect(key).toMatch(/^sk-[A-Za-z0-9_-]{22}$/);
  });

  it('has the id that LiteLLM keeps of it, so that its keys go on working', () => {
    // printf sk-1234 | sha256sum
    expect(keyIdOf('sk-1234')).toBe(
      '88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b',
    );
  });

  it('is recognised by its end', () => {
    expect(keyNameOf('sk-0123456789abcdef')).toBe('sk-...cdef');
  });

  it.each(['sk-a', 'sk-a.b.c', `sk-${'a'.repeat(252)}`])('can be %s', (text) => {
    expect(isKeyText(text)).toBe(true);
  });

  it.each(['', 'sk-', 'SK-abc', 'sk_abc', 'sk-a b', 'sk-ä', 'sk-a\n', `sk-${'a'.repeat(253)}`])(
    'cannot be %j',
    (text) => {
      expect(isKeyText(text)).toBe(false);
    },
  );

  it('that a caller chooses is long enough not to be guessed', () => {
    expect(isChosenKeyText('sk-0123456789abcdef')).toBe(true);
    expect(isChosenKeyText('sk-0123456789abcde')).toBe(false);
    expect(isChosenKeyText(7)).toBe(false);
  });
});

describe('the name of a key in a request', () => {
  it('is the key or its id', () => {
    const key = newKeyText();
    expect(namedKeyId(key)).toBe(keyIdOf(key));
    expect(namedKeyId(keyIdOf(key))).toBe(keyIdOf(key));
    expect(isKeyId(keyIdOf(key))).toBe(true);
  });

  it.each(['', 'abc', 'A'.repeat(64), 'a'.repeat(63)])('is not %j', (named) => {
    expect(namedKeyId(named)).toBeNull();
  });
});
