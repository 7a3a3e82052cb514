import fc from 'fast-check';
import { anIntent, anOutcome } from '#support/spend-harness';
import { decodeRecord, keyOf } from './journal-record.js';
import { storable } from './storable-record.js';
import { encodeRecord, encodeStorable } from './record-json.js';

describe('journal records', () => {
  it('come back as they went in', () => {
    const intent = anIntent({ reservedPico: 10n ** 29n, expectedPico: 7n, tags: ['a', '"'] });
    const ref = { requestId: intent.requestId, attempt: 1, startedAt: intent.startedAt };
    for (const record of [
      { kind: 'intent', intent },
      { kind: 'settlement', ref, outcome: anOutcome({ usage: null, upstreamStatus: null }) },
      {
        kind: 'settlement',
        ref,
        outcome: anOutcome({
          usage: {
            inputTokens: 9,
            cachedInputTokens: 1,
            outputTokens: 4,
            details: { cacheWriteHour: 2, reasoning: 3, searchLow: 1 },
          },
          basis: { unitUsd: { input: '0.000001' }, discount: '0.05' },
        }),
      },
      { kind: 'release', ref },
      { kind: 'progress', ref, progress: { outputTokens: 1_024, expectedPico: 10n ** 20n } },
    ] as const) {
      expect(decodeRecord(Buffer.from(encodeRecord(record)))).toEqual(record);
    }
  });

  it('of an earlier version expect what was held', () => {
    const intent = anIntent({ reservedPico: 5n, expectedPico: 3n });
    const json = encodeRecord({ kind: 'intent', intent });
    const earlier = Buffer.from(json.replace(/,"expectedPico":"3"/, ''));
    expect(earlier.toString()).not.toContain('expectedPico');
    expect(decodeRecord(earlier)).toEqual({
      kind: 'intent',
      intent: { ...intent, expectedPico: 5n },
    });
  });

  it('say that no price is known, and that a client states a session', () => {
    const intent = anIntent({ isUnpriced: true, sessionId: 'a "session"' });
    const json = encodeRecord({ kind: 'intent', intent });
    expect(decodeRecord(Buffer.from(json))).toEqual({ kind: 'intent', intent });
  });

  it('of an earlier version have no client and no tags', () => {
    const intent = anIntent({ client: null });
    const json = encodeRecord({ kind: 'intent', intent });
    const earlier = Buffer.from(
      json.replace(',"client":null,"tags":[],"admittedAt":null,"holds":[]', ''),
    );
    expect(earlier.toString()).not.toContain('tags');
    expect(decodeRecord(earlier)).toEqual({ kind: 'intent', intent });
  });

  it('are distinguished by start, attempt and request', () => {
    const ref = { requestId: 'r', attempt: 1, startedAt: new Date(5) };
    const keys = [
      ref,
      { ...ref, attempt: 2 },
      { ...ref, startedAt: new Date(6) },
      { ...ref, requestId: 's' },
    ].map(keyOf);
    expect(new Set(keys).size).toBe(4);
  });

  it.each([
    '',
    'null',
    '[]',
    '{"kind":"other"}',
    '{"kind":"intent"}',
    '{"kind":"release","ref":{}}',
  ])('refuse %s', (text) => {
    expect(decodeRecord(Buffer.from(text))).toBeNull();
  });

  it('hold nothing that PostgreSQL cannot store, for every input of the caller', () => {
    const anyText = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(anyText, fc.double(), fc.bigInt(), (text, number, amount) => {
        const stored = storable({
          kind: 'settlement',
          ref: { requestId: `${text}\0\ud800`, attempt: number, startedAt: new Date(0) },
          outcome: anOutcome({
            costPico: amount,
            usage: { inputTokens: number, cachedInputTokens: number, outputTokens: number },
            upstreamStatus: number,
          }),
        });
        if (stored.kind !== 'settlement') throw new Error('kind changed');
        const { ref, outcome } = stored;
        expect(ref.requestId.isWellFormed() && !ref.requestId.includes('\0')).toBe(true);
        expect(outcome.costPico >= 0n && outcome.costPico < 10n ** 37n).toBe(true);
        for (const value of [ref.attempt, outcome.usage?.inputTokens, outcome.upstreamStatus]) {
          expect(Number.isInteger(value) && Number(value) >= 0).toBe(true);
          expect(Number(value)).toBeLessThan(2 ** 31);
        }
      }),
    );
  });

  it('are encoded as if each had been corrected first, for every input of the caller', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        'alice',
        'nul\0',
        'half \ud800',
        'low \udc00',
        'back\\u0000slash',
        '\n"\u0001',
      ),
    );
    const count = fc.oneof(fc.double(), fc.nat(), fc.constantFrom(-1, 2 ** 31, 1e9 + 1));
    const amount = fc.oneof(fc.bigInt(), fc.constantFrom(0n, 10n ** 30n, 10n ** 30n + 1n));
    const inputs = fc.record({ one: text, other: text, first: count, second: count, pico: amount });
    fc.assert(
      fc.property(inputs, ({ one, other, first, second, pico }) => {
        const intent = anIntent({
          requestId: one,
          attempt: first,
          clientRequestId: other,
          attribution: { ...anIntent().attribution, teamId: one, userId: other },
          reservedPico: pico,
        });
        const ref = { requestId: one, attempt: 1, startedAt: intent.startedAt };
        const usage = { inputTokens: first, cachedInputTokens: 0, outputTokens: second };
        const outcome = anOutcome({ usage, costPico: pico, upstreamStatus: second });
        for (const record of [
          { kind: 'intent', intent },
          { kind: 'settlement', ref, outcome },
          { kind: 'release', ref },
        ] as const) {
          const encoded = encodeStorable(record);
          expect(encoded.json).toBe(encodeRecord(storable(record)));
          expect(encodeRecord(encoded.record)).toBe(encoded.json);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are kept as they are where nothing has to be corrected', () => {
    const record = { kind: 'intent', intent: anIntent({ modelGroup: 'größe 😀 "x"' }) } as const;
    expect(encodeStorable(record).record).toBe(record);
  });
});
