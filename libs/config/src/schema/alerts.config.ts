import { list } from './collections.js';
import { required } from './key.js';
import { hostName, mailAddress } from './mail-rules.js';
import { credential, httpAddress, sentence } from './rules.js';
import { choice, flag, number, text, whole } from './scalars.js';
import { optional, section } from './section.js';
import type { MailSecurity } from '../model/settings.js';

const HOOK_ADDRESS = text('Address that alerts are posted to.', { rule: httpAddress });

/** The address of Slack's incoming webhook, of the file and of `SLACK_WEBHOOK_URL`. */
export const SLACK_ADDRESS = text(
  'Address of an incoming webhook of Slack or of what takes its messages.',
  {
    rule: httpAddress,
  },
);

/** The address of `WEBHOOK_URL`. */
export const WEBHOOK_ADDRESS = HOOK_ADDRESS;

const MAIL_SECURITIES = ['starttls', 'implicit', 'none'] as const satisfies readonly MailSecurity[];

/** The keys of a mail server, of the file and of the variables `SMTP_*`. */
export const MAIL_FIELDS = {
  host: text('Name or address of the mail server. Left out: SMTP_HOST.', { rule: hostName }),
  port: whole('Its port. Left out: SMTP_PORT, else 587.', { min: 1, max: 65_535 }),
  username: text('Name to log in with. Left out: SMTP_USERNAME.', { rule: sentence }),
  password: text('Password to log in with. Left out: SMTP_PASSWORD.', { rule: sentence }),
  from: text('Address that mails come from. Left out: SMTP_SENDER_EMAIL.', { rule: mailAddress }),
} as const;

const MAIL_SECTION = section({
  summary: 'Mails to fixed recipients, and to the user whose budget it is.',
  fields: {
    ...MAIL_FIELDS,
    tls: choice(
      'starttls or implicit, which both refuse a server without TLS, or none. Left out: none where SMTP_TLS is False, implicit on port 465, else starttls.',
      MAIL_SECURITIES,
    ),
    to: list<string, readonly string[]>(
      'Addresses that every alert goes to.',
      text('Address.', { rule: mailAddress }),
      { default: [] },
    ),
    to_users: flag(
      'Sends alerts about budgets of users, of their keys and of their memberships to the user, too.',
      {
        default: true,
      },
    ),
  },
  unknownKeys: 'refuse',
});

/** `gatehouse.alerts`. */
export const ALERTS_SECTION = section({
  summary: 'Who hears of budgets that are nearly spent.',
  fields: {
    thresholds: list<number, readonly number[]>(
      'Percentages of a budget at which an alert is sent, once for each window.',
      whole('Percentage.', { min: 1, max: 1000 }),
      {
        default: [80, 100],
        notEmpty: 'so that no alert about a budget would be sent; leave out the receivers for none',
      },
    ),
    webhook: optional(
      section({
        summary: 'A webhook that gets alerts as JSON.',
        fields: {
          url: required(HOOK_ADDRESS, 'Write an address such as https://host.example/alerts.'),
          secret: text(
            'Key of the signature in the header x-gatehouse-signature. Left out: no signature.',
            { rule: credential },
          ),
        },
        unknownKeys: 'refuse',
      }),
    ),
    slack: optional(
      section({
        summary: 'A Slack channel.',
        fields: { url: required(SLACK_ADDRESS, 'Write the address of the incoming webhook.') },
        unknownKeys: 'refuse',
      }),
    ),
    email: optional(MAIL_SECTION),
    timeout_seconds: number('Seconds to wait for a receiver.', { min: 1, max: 60, default: 10 }),
  },
  unknownKeys: 'refuse',
});
