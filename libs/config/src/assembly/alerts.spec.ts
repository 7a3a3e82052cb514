import { inspect } from 'node:util';
import { refusalOf, warningsOf } from '#support/config-outcome';
import { settingsFromYaml } from '../load-settings.js';

const HOOK = 'https://hooks.example/secret-path';
const alerts = (lines: string): string => `gatehouse: { alerts: { ${lines} } }`;

describe('the settings of alerts', () => {
  it('come from gatehouse.alerts, the thresholds in order and each once', () => {
    const text = alerts(
      `thresholds: [100, 50, 50], webhook: { url: "${HOOK}", secret: s3cret }, slack: { url: "${HOOK}/2" }, timeout_seconds: 3`,
    );
    expect(settingsFromYaml(text).alerts).toMatchObject({
      thresholds: [50, 100],
      webhook: { url: HOOK, secret: 's3cret' },
      slackUrl: `${HOOK}/2`,
      timeoutSeconds: 3,
    });
  });

  it('come from LiteLLM’s alerting and its variables where gatehouse.alerts has no address', () => {
    const text = 'general_settings: { alerting: [slack, webhook] }';
    const env = { SLACK_WEBHOOK_URL: `${HOOK}/slack`, WEBHOOK_URL: `${HOOK}/web` };
    expect(settingsFromYaml(text, env).alerts).toMatchObject({
      webhook: { url: `${HOOK}/web`, secret: null },
      slackUrl: `${HOOK}/slack`,
    });
    expect(settingsFromYaml('', env).alerts).toMatchObject({ webhook: null, slackUrl: null });
    expect(warningsOf(text).join()).toContain('SLACK_WEBHOOK_URL is not set');
    expect(warningsOf('general_settings: { alerting: [email] }').join()).toContain(
      'without effect',
    );
  });

  it('never print an address or a secret', () => {
    const settings = settingsFromYaml(
      alerts(`webhook: { url: "${HOOK}", secret: s3cret }, slack: { url: "${HOOK}" }`),
    );
    const printed = JSON.stringify(settings) + inspect(settings, { depth: 9 });
    expect(printed).not.toContain('secret-path');
    expect(printed).not.toContain('s3cret');
  });

  it.each([
    ['thresholds: [0]', 'thresholds[0]'],
    ['webhook: { secret: s }', 'webhook.url'],
    ['webhook: { url: "http://hooks.example/" }', 'plain http'],
    ['slack: { url: "ftp://hooks.example/" }', 'slack.url'],
    ['slack: { url: "https://user:password@hooks.example/" }', 'slack.url'],
  ])('are refused where they are wrong: %s', (lines, message) => {
    expect(refusalOf(alerts(lines))).toContain(message);
  });
});
