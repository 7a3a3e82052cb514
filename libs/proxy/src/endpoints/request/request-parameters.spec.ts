import fc from 'fast-check';
import { GENERATION_PARAMETERS, parameterAction } from './request-parameters.js';

/** LiteLLM's switches that let a request fail on purpose. */
const SWITCHES = [
  'mock_testing_fallbacks',
  'mock_testing_context_fallbacks',
  'mock_testing_content_policy_fallbacks',
  'mock_testing_rate_limit_error',
  'mock_testing_error',
  'mock_response',
  'mock_timeout',
];
/** Members that say how a request is routed: the relay reads them for trusted callers, and no upstream receives them. */
const DIRECTIONS = [
  'fallbacks',
  'disable_fallbacks',
  'context_window_fallbacks',
  'content_policy_fallbacks',
  'max_fallbacks',
  'num_retries',
  'max_retries',
  'retry_policy',
];
/** Letters that parsers which fold by Unicode take for others. */
const ALIKE: ReadonlyMap<string, readonly string[]> = new Map([
  ['s', ['s', 'S', '\u017f']],
  ['k', ['k', 'K', '\u212a']],
]);

/** Every spelling that some parser takes for the name. */
const spellingsOf = (name: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      ...Array.from(name).map((letter) =>
        fc.constantFrom(...(ALIKE.get(letter) ?? [letter, letter.toUpperCase()])),
      ),
    )
    .map((letters) => letters.join(''));
const EVALUATED = fc.constantFrom<ReadonlySet<string>>(
  new Set(),
  new Set(GENERATION_PARAMETERS),
  new Set(['input', 'endpoint']),
);

describe('members of a request that would direct the gateway', () => {
  it.each(SWITCHES)('%s is refused in every spelling', (name) => {
    fc.assert(
      fc.property(spellingsOf(name), EVALUATED, (spelling, evaluated) => {
        expect([spelling, parameterAction(spelling, evaluated)]).toEqual([spelling, 'refused']);
      }),
    );
  });

  it.each(DIRECTIONS)('%s reaches no upstream in any spelling', (name) => {
    fc.assert(
      fc.property(spellingsOf(name), EVALUATED, (spelling, evaluated) => {
        expect([spelling, parameterAction(spelling, evaluated)]).toEqual([spelling, 'dropped']);
      }),
    );
  });

  it('are recognised by their whole name', () => {
    for (const name of ['mock', 'fallback', 'retries', 'unmock_testing', 'num_retries_'])
      expect([name, parameterAction(name, new Set())]).toEqual([name, 'forwarded']);
  });
});
