import { ISSUER_PRESETS, type IssuerSettings } from '#libs/config';
import { audienceProblem } from './audience-problem.js';

const KEY = 'JWT_AUDIENCE';
const rule = (...values: readonly string[]): Pick<IssuerSettings, 'audience' | 'preset'> => ({
  audience: { values, patterns: [], domains: [] },
  preset: null,
});

describe('an audience that is not accepted', () => {
  it.each<[unknown]>([[undefined], [null], [''], [[]], [[null]], [['']]])(
    '%j: the token has none',
    (aud) => {
      const { problem, remedy } = audienceProblem(aud, rule('gatehouse'), KEY);
      expect(problem).toBe('the token has no audience');
      expect(remedy).toContain('audience mapper');
    },
  );

  it.each<[unknown]>([[7], [{ gatehouse: true }], [['gatehouse', 5]], [[['gatehouse']]]])(
    '%j: it is of another shape',
    (aud) => {
      const { problem } = audienceProblem(aud, rule('gatehouse'), KEY);
      expect(problem).toBe('the audience of the token is neither a string nor a list of strings');
    },
  );

  it.each<[unknown]>([['account'], [['account', 'broker']], ['another-client'], ['ACCOUNT']])(
    '%j: a mapper at the provider is advised, and never to accept it',
    (aud) => {
      const { problem, remedy } = audienceProblem(aud, rule('gatehouse', 'Account'), KEY);
      expect(problem).toBe('the audience of the token is not the configured one');
      expect(remedy).toMatch(/put an audience of `JWT_AUDIENCE` into .*never accept `account`/);
      expect(remedy).not.toContain('another-client');
    },
  );

  it.each<[string, unknown, string]>([
    ['gatehouse', 'Gatehouse', 'letter case'],
    ['https://llm.acme.example', ['x', 'https://llm.acme.example/'], 'the slash at the end'],
    ['https://llm.acme.example/', 'https://llm.acme.example', 'the slash at the end'],
    ['api://7f', '7f', 'the prefix `api://`'],
    ['7f', 'api://7f', 'the prefix `api://`'],
  ])('%s and %j: it is said that they differ in %s', (configured, aud, difference) => {
    expect(audienceProblem(aud, rule(configured), KEY)).toEqual({
      problem: `the audience of the token differs from a configured one only in ${difference}`,
      remedy: 'write the audience into `JWT_AUDIENCE` letter for letter as the token has it',
    });
  });

  it.each(ISSUER_PRESETS)('the remedy for %s says how its tokens get the audience', (preset) => {
    const entry = { ...rule('gatehouse'), preset };
    const { remedy } = audienceProblem(undefined, entry, 'gatehouse.issuers[0].audience');
    expect(remedy).toContain('`gatehouse.issuers[0].audience`');
    expect(remedy).not.toMatch(/add the audience of the token/);
  });
});
