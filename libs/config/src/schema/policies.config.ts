import { list } from './collections.js';
import { required } from './key.js';
import { headerSafeId, sentence } from './rules.js';
import { choice, text } from './scalars.js';
import { section } from './section.js';

const MAX_EXPRESSION_LENGTH = 8_192;

/** `gatehouse.policies`. The library that evaluates the expressions compiles them (`SettingsCheck`). */
export const POLICIES = list(
  'Written policies, tried in order after the tables of roles and scopes; the first that is enforced and true decides.',
  section({
    summary: 'One policy.',
    fields: {
      name: required(
        text('Unique name, for traces.', { rule: headerSafeId }),
        'Write a name that no other policy has.',
      ),
      when: required(
        text('CEL expression over token, principal and request that is true or false.', {
          rule: (expression) =>
            expression.length <= MAX_EXPRESSION_LENGTH
              ? null
              : { message: 'is too long', remedy: 'Write two policies.' },
        }),
        'Write an expression, for example: request.model.startsWith("gpt-").',
      ),
      effect: required(
        choice('What holds where it is true.', ['allow', 'deny']),
        'Write allow or deny.',
      ),
      reason: text('Sentence for callers that a deny refuses. Left out: a general one.', {
        rule: sentence,
      }),
      mode: choice('shadow is written into the trace and not applied.', ['enforce', 'shadow'], {
        default: 'enforce',
      }),
    },
    unknownKeys: 'refuse',
  }),
  { default: [] },
);
