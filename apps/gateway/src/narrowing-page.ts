import { NARROWING_SETTINGS, type NarrowingState } from '#libs/config';

const INTRODUCTION = `# Settings that narrow access

Written by \`npm run generate\` from \`libs/config/src/narrowing/narrowing-settings.ts\`; do not edit it here. Every line is tested.

A setting narrows access if leaving it out lets more callers in, or lets a caller do more. Gatehouse never ignores one. A setting that
is not honoured refuses the start with exit code 78, and the message says what to write instead. The same holds for a setting of this
list in another section than those that read it, also below a key that is unknown or has no effect, and for a misspelt one. \`null\`,
\`false\`, \`""\` and \`{}\` narrow nothing and are accepted. Common names do not count that deep: \`team_id\`, \`access_groups\`, \`issuer\`,
\`audience\`, \`public_key_url\` and \`callbacks\`; and neither do \`policies\`, \`issuers\`, \`guardrails\` and \`gatehouse\` below a key
of LiteLLM and in free-form data such as \`metadata\`. A fragment that a YAML alias repeats is evaluated where it is repeated.

- **honoured**: it works as in LiteLLM; [Configuration](configuration.md) names differences.
- **refused**: it refuses the start.
- **met**: what it asks for holds without it.

Budgets and rate limits are not part of this list.
`;

const HEADER = [
  '| Setting | Section | Narrows | State | What to write |',
  '| --- | --- | --- | --- | --- |',
];

const STATES: readonly NarrowingState[] = ['refused', 'met', 'honoured'];

/** Returns the page `docs/reference/narrowing-settings.md`. */
export function narrowingPage(): string {
  const rows = STATES.flatMap((state) => NARROWING_SETTINGS.filter((row) => row.state === state));
  const lines = rows.map(({ key, section, narrows, state, remedy, values, members }) => {
    const place = section === '' ? 'top level' : `\`${section}\``;
    const named =
      (values ?? members) === undefined
        ? ''
        : ` (${(values ?? members ?? []).map((value) => `\`${value}\``).join(', ')})`;
    return `| \`${key}\`${named} | ${place} | ${narrows} | ${state} | ${remedy} |`;
  });
  return [INTRODUCTION, ...HEADER, ...lines, ''].join('\n');
}
