import { list } from './collections.js';
import { required } from './key.js';
import { credential, httpAddress } from './rules.js';
import { number, text, whole } from './scalars.js';
import { optional, section } from './section.js';

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

/** `gatehouse.alerts`. */
export const ALERTS_SECTION = section({
  summary: 'Who hears of budgets that are nearly spent.',
  fields: {
    thresholds: list<number, readonly number[]>(
      'Percentages of a budget at which an alert is sent, once for each window.',
      whole('Percentage.', { min: 1, max: 1000 }),
      { default: [80, 100] },
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
    timeout_seconds: number('Seconds to wait for a receiver.', { min: 1, max: 60, default: 10 }),
  },
  unknownKeys: 'refuse',
});
