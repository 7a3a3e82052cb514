import type { Call } from './curl.js';
import { PEOPLE } from './people.js';

/** The response to a call of the story. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** One step: a sentence, a call, and what must hold. */
export interface Step {
  readonly title: string;
  readonly call: Call;
  /** Status that must come back. */
  readonly expectStatus: number;
  /**
   * What else must hold.
   * @returns what the reader should notice
   * @throws Error saying what did not hold
   */
  readonly look: (response: Answer) => string;
}

const { alice, bob, carol, admin } = PEOPLE;

const chat = (content: string, stream = false): object => ({
  model: 'demo-model',
  messages: [{ role: 'user', content }],
  ...(stream ? { stream } : {}),
});

const chatAs = (as: Call['as'], content: string, stream = false): Call => ({
  method: 'POST',
  path: '/v1/chat/completions',
  as,
  body: chat(content, stream),
});

/** Calls of an administrator before the story starts; they are not shown. */
export const PREPARATION: readonly Call[] = [
  {
    method: 'POST',
    path: '/organization/new',
    as: admin,
    body: { organization_id: 'acme', organization_alias: 'Acme' },
  },
  ...['research', 'marketing'].map((team): Call => ({
    method: 'POST',
    path: '/team/new',
    as: admin,
    body: { team_id: team, team_alias: team, organization_id: 'acme' },
  })),
];

/** The main job: a token of the company opens the model. */
const ASKING: readonly Step[] = [
  {
    title: 'Alice of team research asks the model with the token of her company',
    call: chatAs(alice, 'What is a gatehouse?'),
    expectStatus: 200,
    look: ({ text, headers }) =>
      `${contentOf(text)}  (cost ${headers.get('x-litellm-response-cost') ?? 'unknown'} USD)`,
  },
  {
    title: 'The same as a stream',
    call: chatAs(alice, 'And as a stream?', true),
    expectStatus: 200,
    look: ({ text }) => {
      ensure(text.endsWith('data: [DONE]\n\n'), 'the stream did not end with [DONE]');
      return `${String(text.split('\n\n').length - 2)} events, then [DONE]`;
    },
  },
];

/** Calls that are refused. */
const REFUSALS: readonly Step[] = [
  {
    title: 'A call without a token is refused',
    call: chatAs(null, 'Let me in'),
    expectStatus: 401,
    look: ({ headers, text }) =>
      `${reasonOf(text)}, WWW-Authenticate: ${headers.get('www-authenticate') ?? 'missing'}`,
  },
  {
    title: 'Bob has a token of the same company, but his email is of another domain',
    call: chatAs(bob, 'Let me in'),
    expectStatus: 403,
    look: expectReason('email_domain_not_allowed'),
  },
  {
    title: 'Alice is not an administrator',
    call: { method: 'POST', path: '/team/block', as: alice, body: { team_id: 'marketing' } },
    expectStatus: 403,
    look: expectReason('route_not_allowed'),
  },
];

/** A block holds at once, and so does its end. */
const BLOCKING: readonly Step[] = [
  {
    title: 'Carol of team marketing asks',
    call: chatAs(carol, 'Good morning'),
    expectStatus: 200,
    look: ({ text }) => contentOf(text),
  },
  {
    title: 'An administrator blocks team marketing',
    call: { method: 'POST', path: '/team/block', as: admin, body: { team_id: 'marketing' } },
    expectStatus: 200,
    look: ({ text }) => `blocked: ${String(memberOf(text, 'blocked'))}`,
  },
  {
    title: 'Carol is refused from the next request on',
    call: chatAs(carol, 'Still there?'),
    expectStatus: 403,
    look: expectReason('team_blocked'),
  },
  {
    title: 'The administrator unblocks it',
    call: { method: 'POST', path: '/team/unblock', as: admin, body: { team_id: 'marketing' } },
    expectStatus: 200,
    look: ({ text }) => `blocked: ${String(memberOf(text, 'blocked'))}`,
  },
  {
    title: 'Carol is back',
    call: chatAs(carol, 'Thank you'),
    expectStatus: 200,
    look: ({ text }) => contentOf(text),
  },
];

/**
 * The story, in order.
 * @param costOfAlice tells in dollars what the model says that alice's calls cost
 */
export function storyOf(costOfAlice: () => string): readonly Step[] {
  return [...ASKING, ...REFUSALS, ...BLOCKING, ...booksOf(costOfAlice)];
}

function booksOf(costOfAlice: () => string): readonly Step[] {
  return [
    {
      title: 'What alice has spent, to the last decimal',
      call: { method: 'GET', path: '/user/info?user_id=alice', as: admin },
      expectStatus: 200,
      look: ({ text }) => {
        const { user_info } = JSON.parse(text) as { user_info: { spend: number } };
        const expected = costOfAlice();
        ensure(
          user_info.spend === Number(expected),
          `booked ${String(user_info.spend)}, the model says ${expected}`,
        );
        return `${expected} USD, exactly what the model counted`;
      },
    },
    {
      title: 'And the single calls behind it',
      call: { method: 'GET', path: '/spend/logs?user_id=alice', as: admin },
      expectStatus: 200,
      look: ({ text }) => {
        const rows = JSON.parse(text) as unknown[];
        ensure(rows.length === 2, `expected 2 rows, got ${String(rows.length)}`);
        return `${String(rows.length)} rows`;
      },
    },
  ];
}

function ensure(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message);
}

function expectReason(reason: string): (response: Answer) => string {
  return ({ text }) => {
    ensure(reasonOf(text) === reason, `the reason is ${reasonOf(text)}, not ${reason}`);
    return reason;
  };
}

function reasonOf(text: string): string {
  return (JSON.parse(text) as { error?: { reason?: string } }).error?.reason ?? 'none';
}

function memberOf(text: string, name: string): unknown {
  return (JSON.parse(text) as Record<string, unknown>)[name];
}

function contentOf(text: string): string {
  const { choices } = JSON.parse(text) as { choices: { message: { content: string } }[] };
  return choices[0]?.message.content ?? '';
}
