import { createHmac } from 'node:crypto';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { request } from 'undici';
import { Clock } from '#libs/common';
import { SettingsStore, type AlertSettings, type MailSettings } from '#libs/config';
import { OutboundDispatcher } from '#libs/network';
import { AlertMailer } from './alert-mailer.js';
import { AlertPeople } from './alert-people.js';
import { sentenceOf, webhookPayloadOf, type BudgetAlert, type SentAlert } from './alert-message.js';

/** Bytes of a receiver's response that are read to keep its connection. */
const DISCARDED_BYTES = 16_384;

/** Names of channels, as they are stored. */
type ChannelName = 'webhook' | 'slack' | 'email' | 'email_user';

/** Sends alerts to the configured receivers: by HTTP through the operator's proxy, without redirects, and by mail. */
@Injectable()
export class AlertChannels implements OnModuleDestroy {
  private readonly agent: OutboundDispatcher;

  /** @param settings the receivers, and the proxy for outgoing requests */
  constructor(
    private readonly settings: SettingsStore,
    private readonly clock: Clock,
    private readonly mailer: AlertMailer,
    private readonly people: AlertPeople,
  ) {
    this.agent = new OutboundDispatcher(settings.current.network, { connections: 2 });
  }

  /** Closes the connections. */
  async onModuleDestroy(): Promise<void> {
    await this.agent.destroy();
  }

  /** Returns the names of the configured channels. */
  get names(): readonly ChannelName[] {
    const { webhook, slackUrl, mail } = this.settings.current.alerts;
    return [
      ...(webhook === null ? [] : (['webhook'] as const)),
      ...(slackUrl === null ? [] : (['slack'] as const)),
      ...(mail === null || mail.to.length === 0 ? [] : (['email'] as const)),
      ...(mail?.isSentToUsers === true ? (['email_user'] as const) : []),
    ];
  }

  /**
   * Sends an alert to one channel. A channel that is not configured any more takes everything.
   * @throws Error when the receiver did not take it; its message holds no address
   */
  async send(channel: string, alert: BudgetAlert): Promise<void> {
    const { webhook, slackUrl } = this.settings.current.alerts;
    const sent = { ...alert, key: await this.people.keyOf(alert) };
    if (channel === 'webhook' && webhook !== null) await this.sendToWebhook(webhook, sent);
    if (channel === 'slack' && slackUrl !== null)
      await this.post(slackUrl, JSON.stringify({ text: slackTextOf(sent) }), {});
    if (channel === 'email' || channel === 'email_user') await this.sendMail(channel, sent);
  }

  /** A user that is a fixed recipient gets one mail. */
  private async sendMail(channel: 'email' | 'email_user', alert: SentAlert): Promise<void> {
    const { mail } = this.settings.current.alerts;
    if (mail === null) return;
    const to = channel === 'email' ? mail.to : await this.ownersOf(alert, mail);
    if (to.length > 0) await this.mailer.send(mail, to, alert);
  }

  private async ownersOf(alert: BudgetAlert, mail: MailSettings): Promise<readonly string[]> {
    const address = mail.isSentToUsers ? await this.people.addressOf(alert) : null;
    return address === null || mail.to.includes(address) ? [] : [address];
  }

  private async sendToWebhook(
    { url, secret }: NonNullable<AlertSettings['webhook']>,
    alert: SentAlert,
  ): Promise<void> {
    const body = JSON.stringify(webhookPayloadOf(alert));
    const timestamp = String(Math.floor(this.clock.nowMs() / 1_000));
    await this.post(url, body, {
      'idempotency-key': alert.alertId,
      'x-gatehouse-timestamp': timestamp,
      ...(secret !== null && {
        'x-gatehouse-signature': `sha256=${signatureOf(secret, timestamp, body)}`,
      }),
    });
  }

  private async post(
    url: string,
    body: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { statusCode, body: response } = await request(url, {
      dispatcher: this.agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.timeout(this.settings.current.alerts.timeoutSeconds * 1_000),
    });
    await response.dump({ limit: DISCARDED_BYTES });
    if (statusCode < 200 || statusCode > 299)
      throw new Error(`the receiver answered ${String(statusCode)}`);
  }
}

/** HMAC-SHA256 over the time and the body, in hexadecimal digits. */
function signatureOf(secret: string, timestamp: string, body: string): string {
  return createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
}

/** Slack reads these three characters as its own syntax, and ids may hold them. */
function slackTextOf(alert: SentAlert): string {
  return sentenceOf(alert).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
