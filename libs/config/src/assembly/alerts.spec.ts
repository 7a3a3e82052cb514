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

  it('have at least one threshold', () => {
    expect(refusalOf(alerts('thresholds: []'))).toContain('gatehouse.alerts.thresholds is empty');
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
    expect(warningsOf('general_settings: { alerting: [pagerduty] }').join()).toContain(
      'without effect',
    );
  });

  it('mail by gatehouse.alerts.email, whose keys the variables SMTP_* complete', () => {
    const env = { SMTP_HOST: 'smtp.example', SMTP_PORT: '2525', SMTP_USERNAME: 'u' };
    const keys = 'from: gw@acme.example, to: [a@acme.example, a@acme.example], password: s3cret';
    expect(settingsFromYaml(alerts(`email: { ${keys} }`), env).alerts.mail).toEqual({
      host: 'smtp.example',
      port: 2525,
      security: 'starttls',
      login: { user: 'u', pass: 's3cret' },
      from: 'gw@acme.example',
      to: ['a@acme.example'],
      isSentToUsers: true,
    });
  });

  it.each([
    [{}, 587, 'starttls'],
    [{ SMTP_PORT: '465' }, 465, 'implicit'],
    [{ SMTP_TLS: 'False' }, 587, 'none'],
    [{ SMTP_TLS: 'True', SMTP_PORT: '25' }, 25, 'starttls'],
  ])(
    'mail where alerting names email as LiteLLM reads the variables: %o',
    (more, port, security) => {
      const env = { SMTP_HOST: 'smtp.example', SMTP_SENDER_EMAIL: 'gw@acme.example', ...more };
      const { mail } = settingsFromYaml('general_settings: { alerting: [email] }', env).alerts;
      expect(mail).toMatchObject({ port, security, login: null, to: [], isSentToUsers: true });
      expect(settingsFromYaml('', env).alerts.mail).toBeNull();
    },
  );

  it.each(['[smtp_email]', 'smtp_email', '[langfuse, smtp_email]'])(
    'mail where litellm_settings.callbacks has smtp_email: %s',
    (callbacks) => {
      const text = `litellm_settings: { callbacks: ${callbacks} }`;
      const env = { SMTP_HOST: 'smtp.example', SMTP_SENDER_EMAIL: 'gw@acme.example' };
      expect(settingsFromYaml(text, env).alerts.mail).toMatchObject({
        ...{ host: 'smtp.example', port: 587, from: 'gw@acme.example', isSentToUsers: true },
      });
      expect(settingsFromYaml(text).alerts.mail).toBeNull();
      expect(warningsOf(text)).toContainEqual(
        'litellm_settings.callbacks has no effect for email: SMTP_HOST is not set',
      );
    },
  );

  it('mail nothing where litellm_settings.callbacks has other names', () => {
    const text = 'litellm_settings: { callbacks: [langfuse] }';
    const env = { SMTP_HOST: 'smtp.example', SMTP_SENDER_EMAIL: 'gw@acme.example' };
    expect(settingsFromYaml(text, env).alerts.mail).toBeNull();
  });

  it('warn where alerting names email without a server, or a login has one half', () => {
    const text = 'general_settings: { alerting: [email] }';
    expect(warningsOf(text).join()).toContain('SMTP_HOST is not set');
    const half = 'email: { host: smtp.example, from: gw@acme.example, username: u }';
    expect(warningsOf(alerts(half)).join()).toContain('without logging in');
    const none = 'email: { host: smtp.example, from: gw@acme.example, to: [], to_users: false }';
    expect(warningsOf(alerts(none)).join()).toContain('sends no mail');
  });

  it('never print an address or a secret', () => {
    const settings = settingsFromYaml(
      alerts(
        `webhook: { url: "${HOOK}", secret: s3cret }, slack: { url: "${HOOK}" },
         email: { host: smtp.example, from: gw@acme.example, username: u, password: s3cret }`,
      ),
    );
    const printed = JSON.stringify(settings) + inspect(settings, { depth: 9 });
    expect(printed).not.toContain('secret-path');
    expect(printed).not.toContain('s3cret');
  });

  it.each([
    ['thresholds: [0]', 'thresholds[0]'],
    ['webhook: { secret: s }', 'webhook.url'],
    ['email: { host: smtp.example }', 'email has no from'],
    ['email: { from: gw@acme.example }', 'email has no host'],
    ['email: { host: "smtp.example:25", from: gw@acme.example }', 'email.host'],
    ['email: { host: smtp.example, from: "Gateway <gw@acme.example>" }', 'email.from'],
    ['email: { to: ["a@acme.example, b@acme.example"] }', 'email.to[0]'],
    [
      'email: { host: smtp.example, from: gw@acme.example, username: u, password: p, tls: none }',
      'would send the password without TLS',
    ],
    ['webhook: { url: "http://hooks.example/" }', 'plain http'],
    ['slack: { url: "ftp://hooks.example/" }', 'slack.url'],
    ['slack: { url: "https://user:password@hooks.example/" }', 'slack.url'],
  ])('are refused where they are wrong: %s', (lines, message) => {
    expect(refusalOf(alerts(lines))).toContain(message);
  });
});
