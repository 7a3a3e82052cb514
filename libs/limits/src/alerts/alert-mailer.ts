import { Injectable } from '@nestjs/common';
import { createTransport, type NodemailerError } from 'nodemailer';
import { SettingsStore, type MailSettings } from '#libs/config';
import { trustedAuthorities } from '#libs/network';
import { mailSubjectOf, mailTextOf, type SentAlert } from './alert-message.js';

/** Sends alerts by SMTP. Each alert opens a connection of its own: there are few. */
@Injectable()
export class AlertMailer {
  constructor(private readonly settings: SettingsStore) {}

  /**
   * Sends an alert in one mail. The id of the mail is that of the alert, by which mail servers tell a repetition.
   * @param to addresses that `isMailAddress` takes
   * @throws Error when the server did not take it for any recipient; its message holds neither addresses nor what the server said
   */
  async send(mail: MailSettings, to: readonly string[], alert: SentAlert): Promise<void> {
    const transport = createTransport(this.transportOf(mail));
    try {
      await transport.sendMail({
        from: { name: 'Gatehouse', address: mail.from },
        to: to.map((address) => ({ name: '', address })),
        subject: mailSubjectOf(alert),
        text: mailTextOf(alert),
        messageId: `<${alert.alertId}@${mail.from.slice(mail.from.lastIndexOf('@') + 1)}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
      });
    } catch (error) {
      throw new Error(`the mail server did not take it (${codesOf(error)})`, { cause: error });
    } finally {
      transport.close();
    }
  }

  private transportOf({ host, port, security, login }: MailSettings) {
    const { alerts, network } = this.settings.current;
    const waitMs = alerts.timeoutSeconds * 1_000;
    const authorities = trustedAuthorities(network);
    return {
      host,
      port,
      secure: security === 'implicit',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      ...(login !== null && { auth: login }),
      ...(authorities !== undefined && { tls: { ca: authorities } }),
      connectionTimeout: waitMs,
      greetingTimeout: waitMs,
      socketTimeout: waitMs,
      dnsTimeout: waitMs,
    };
  }
}

/** What the server said may quote names and addresses. */
function codesOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code, responseCode } = error as NodemailerError;
  return [code ?? 'unknown', ...(responseCode === undefined ? [] : [String(responseCode)])].join(
    ' ',
  );
}
