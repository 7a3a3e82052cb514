import type { RequestListener } from 'node:http';
import type { Type } from '@nestjs/common';
import { DecisionTrace, requestedRoute, type Principal, type RequestedRoute } from '#libs/access';
import { CredentialsModule } from '#libs/auth/testing';
import { isGatehouseError } from '#libs/common';
import type { AccessSettings, JwtSettings } from '#libs/config';
import {
  aHarness,
  overHarnessRows,
  type HarnessContent,
  type CredentialHarness,
} from './credential-harness.js';
import { jwtSettings } from './jwt-settings.js';
import { KeyServer } from './key-server.js';

/** As long as a provider under test may take. */
const PATIENCE_MS = 300;
/** As large as its answers may be. */
const MAX_BYTES = 4_096;
const MODEL_ROUTE = requestedRoute('POST', '/v1/chat/completions');

/** Settings that a harness differs in from an empty configuration. */
export interface OpaqueSetting {
  readonly jwt?: Partial<JwtSettings>;
  readonly access?: Partial<AccessSettings>;
}

/** What the harness asks of a resolver, which its library keeps to itself. */
interface Resolves {
  resolve(
    credential: {
      readonly token: string;
      readonly isLocal: boolean;
      readonly route: RequestedRoute | null;
    },
    trace: DecisionTrace,
  ): Principal | null | Promise<Principal | null>;
}

/** Resolvers of opaque tokens before a provider's endpoint that can be made to behave badly. */
export class OpaqueHarness {
  private constructor(
    /** The provider: `behaviour` answers, `keyFetches` counts. */
    readonly server: KeyServer,
    readonly harness: CredentialHarness,
  ) {}

  /**
   * Starts one.
   * @param setting made of the provider's address
   */
  static async start(
    setting: (origin: string) => OpaqueSetting,
    overrides: HarnessContent['overrides'] = [],
  ): Promise<OpaqueHarness> {
    const server = await KeyServer.start();
    const { jwt, access } = setting(server.origin);
    const jwks = { ...jwtSettings().jwks, timeoutMs: PATIENCE_MS, maxBytes: MAX_BYTES };
    const harness = await aHarness(
      { ...overHarnessRows(CredentialsModule), overrides },
      {
        jwt: { jwks, ...jwt },
        ...(access === undefined ? {} : { access }),
      },
    );
    return new OpaqueHarness(server, harness);
  }

  /** Ends it. */
  async stop(): Promise<void> {
    await this.harness.close();
    await this.server.stop();
  }

  /** Answers from now on with a JSON document. */
  answer(document: unknown, status = 200): void {
    this.server.behaviour = answering(document, status);
  }

  /** What one resolver makes of a token. */
  async principal(
    resolver: Type<Resolves>,
    token = 'opaque',
    { route = MODEL_ROUTE, trace = new DecisionTrace('dec_test') } = {},
  ): Promise<Principal | null> {
    return this.harness.module.get(resolver).resolve({ token, isLocal: true, route }, trace);
  }

  /** Returns the subject, `no subject` if there is none or no principal, or the refusal's code. */
  async result(resolver: Type<Resolves>, token = 'opaque'): Promise<string> {
    try {
      return (await this.principal(resolver, token))?.subject ?? 'no subject';
    } catch (error) {
      return isGatehouseError(error) ? error.code : String(error);
    }
  }
}

/** Answers every request with a JSON document. */
export function answering(document: unknown, status = 200): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document));
  };
}

/** The settings of introspection, with changes. */
export function introspectionAt(
  endpoint: string,
  over: Partial<NonNullable<AccessSettings['introspection']>> = {},
): OpaqueSetting {
  return {
    access: {
      introspection: {
        endpoint,
        isForOpaqueTokens: true,
        userIdField: 'sub',
        userRoleField: null,
        teamIdField: null,
        clientId: 'gatehouse',
        clientSecret: 'our secret',
        cacheSeconds: 60,
        ...over,
      },
    },
  };
}
