import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { start, stop, whenReady } from '#bench/processes';
import type { Credential, Scenario } from '#bench/scenarios';
import { Calls } from '#bench/load';
import type { Subject } from '#bench/subject';
import { freePort } from '#support/free-port';
import { TestIssuer } from '#support/issuer';
import { startPostgres, type PostgresServer } from '#support/postgres';

/** Team of the tokens, which exists in every gateway that is measured. */
export const TEAM = 'research';

/** Virtual key that every gateway that is measured has. */
export const VIRTUAL_KEY = 'sk-bench-key-0123456789abcdef';

/** How the rig is set up. */
export interface RigOptions {
  /** Port of the mock provider, for gateways that have it in their configuration; `0` for any. */
  readonly providerPort: number;
  /** Milliseconds that the mock provider waits before it responds. */
  readonly delayMs: number;
  /** Tokens that are seen for the first time; signed before anything is measured. */
  readonly newTokens: number;
  /** Headers that other gateways want, laid over those of the scenario. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Milliseconds between the events of a stream: far apart enough to travel in packets of their own. */
const EVENT_GAP_MS = 5;
const TOKEN_SECONDS = 86_400;

/** What surrounds the measured processes: model provider, issuer with its key set, and database server. */
export class Rig {
  readonly issuer: TestIssuer;
  /** `null` where the machine has no PostgreSQL. */
  readonly postgres: PostgresServer | null;
  readonly providerUrl: string;
  /** Directory for logs and data of this run. */
  readonly directory: string;
  private readonly provider: ChildProcess;
  private readonly options: RigOptions;
  private readonly credentials: Readonly<Record<Credential, readonly string[]>>;
  private readonly calls = new WeakMap<Subject, Map<string, Calls>>();

  private constructor(parts: {
    issuer: TestIssuer;
    postgres: PostgresServer | null;
    provider: ChildProcess;
    providerUrl: string;
    options: RigOptions;
    credentials: Readonly<Record<Credential, readonly string[]>>;
  }) {
    this.issuer = parts.issuer;
    this.postgres = parts.postgres;
    this.provider = parts.provider;
    this.providerUrl = parts.providerUrl;
    this.options = parts.options;
    this.credentials = parts.credentials;
    this.directory = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
    process.on('exit', this.abandon);
  }

  /** Starts everything but the measured processes. */
  static async start(options: RigOptions): Promise<Rig> {
    const port = options.providerPort || Number(await freePort());
    const provider = start({
      args: ['bench/mock-provider.ts', String(port), String(options.delayMs), String(EVENT_GAP_MS)],
      isSubject: false,
    });
    await whenReady(provider);
    const issuer = await TestIssuer.start('RS256');
    const credentials = {
      token: [await sign(issuer, 'acme.example')],
      'new-token': await Promise.all(
        Array.from({ length: options.newTokens }, () => sign(issuer, 'acme.example')),
      ),
      'refused-token': [await sign(issuer, 'elsewhere.example')],
      key: [VIRTUAL_KEY],
    };
    const postgres = await startPostgres();
    const providerUrl = `http://127.0.0.1:${String(port)}`;
    return new Rig({ issuer, postgres, provider, providerUrl, options, credentials });
  }

  /** Returns the calls of a scenario for what is measured, the same ones each time, so that a new token stays one. */
  callsFor(scenario: Scenario, subject: Subject): Calls {
    const ofSubject = this.calls.get(subject) ?? new Map<string, Calls>();
    this.calls.set(subject, ofSubject);
    const calls = ofSubject.get(scenario.name) ?? this.newCalls(scenario, subject);
    ofSubject.set(scenario.name, calls);
    return calls;
  }

  private newCalls({ body, credential: kind, status }: Scenario, subject: Subject): Calls {
    const { url } = subject;
    const requests = this.credentials[kind].map((credential) => {
      const headers = {
        host: url.host,
        'user-agent': 'gatehouse-bench',
        accept: '*/*',
        authorization: `Bearer ${credential}`,
        'content-type': 'application/json',
        ...this.options.headers,
        'content-length': String(body.length),
      };
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      const path = `${url.pathname.replace(/\/$/, '')}/v1/chat/completions`;
      const head = `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
      return Buffer.concat([Buffer.from(head), body]);
    });
    return new Calls(requests, subject.isGateway ? status : 200);
  }

  /** Ends everything and removes its files. */
  async stop(): Promise<void> {
    process.off('exit', this.abandon);
    await stop(this.provider);
    await this.issuer.stop();
    await this.postgres?.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Leaves no server and no files behind where the run ends before its time. */
  private readonly abandon = (): void => {
    const { postgres } = this;
    if (postgres !== null) process.kill(postgres.pid(), 'SIGQUIT');
    rmSync(this.directory, { recursive: true, force: true });
  };
}

/** Signs a token for one user of the team; no two of them are equal. */
function sign(issuer: TestIssuer, domain: string): Promise<string> {
  return issuer.sign({
    sub: 'alice',
    email: `alice@${domain}`,
    team: TEAM,
    jti: crypto.randomUUID(),
    exp: Math.floor(Date.now() / 1000) + TOKEN_SECONDS,
  });
}
