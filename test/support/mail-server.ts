import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import type { TestCertificate } from './certificate.js';

/** A mail as a server got it. */
interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Name of the login; `null` for none. */
  readonly user: string | null;
  readonly isSecure: boolean;
  /** Headers and body as they came. */
  readonly source: string;
}

/** What a mail server asks for. */
export interface MailServerWish {
  readonly login?: { readonly user: string; readonly pass: string };
  readonly certificate?: TestCertificate;
  /** TLS from the first byte on. */
  readonly isImplicit?: boolean;
  /** Recipients that are refused. */
  readonly refused?: readonly string[];
  /** Left out: a free one. */
  readonly port?: number;
}

/** A mail server on loopback. */
export interface MailServer {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  close(): Promise<void>;
}

/** Starts a mail server. */
export async function startMailServer(wish: MailServerWish = {}): Promise<MailServer> {
  const { login, certificate, isImplicit = false, refused = [], port = 0 } = wish;
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    ...certificate,
    secure: isImplicit,
    disabledCommands: certificate === undefined ? ['STARTTLS'] : [],
    authOptional: login === undefined,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) => {
      const isRight = username === login?.user && password === login?.pass;
      done(isRight ? null : new Error(`no such login: ${String(username)}`), { user: username });
    },
    onRcptTo: ({ address }, _session, done) => {
      done(refused.includes(address) ? new Error(`no such mailbox: ${address}`) : null);
    },
    onData: (stream, { envelope, user, secure }, done) => {
      void text(stream).then((source) => {
        mails.push({
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          user: user ?? null,
          isSecure: secure,
          source,
        });
        done();
      });
    },
  });
  // A client that refuses the certificate ends the connection with an error.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  };
}
