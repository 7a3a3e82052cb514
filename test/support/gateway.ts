import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGateway, type Gateway } from '#gateway/application/bootstrap';
import { JsonLogger } from '#gateway/logging/json-logger';
import { settingsFromYaml } from '#libs/config';
import { Database } from '#libs/database';
import { embeddedDataDirectory } from './embedded.js';
import { AUDIENCE, type TestIssuer } from './issuer.js';

/** The master key of gateways under test. */
export const MASTER_KEY = 'sk-test-master-0123456789abcdef';

/** What a gateway under test stands on. */
export interface TestSurroundings {
  readonly issuer: TestIssuer;
  readonly upstreamUrl: string;
  /** PostgreSQL address; default is an embedded database in a temporary directory. */
  readonly databaseUrl?: string;
  /** Data directory that outlives the gateway; default is a temporary one that is removed. */
  readonly dataDir?: string;
  /** Lines laid into the configuration's sections. */
  readonly jwtauth?: string;
  readonly gatehouse?: string;
  readonly models?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A gateway in the test's own process, listening on a free port of loopback. */
export interface TestGateway {
  readonly url: string;
  readonly gateway: Gateway;
  /** Shuts it down and removes its temporary data. */
  stop(): Promise<void>;
}

/** What `litellm_jwtauth` says unless a test says otherwise. */
export const DEFAULT_JWTAUTH = `
    user_id_jwt_field: sub
    user_email_jwt_field: email
    team_id_jwt_field: team
    org_id_jwt_field: org
    end_user_id_jwt_field: end_user
    user_allowed_email_domain: acme.example
    user_id_upsert: true`;

/**
 * The configuration file of a gateway under test.
 * @param around what it stands on
 */
export function testConfiguration(around: TestSurroundings, dataDir: string): string {
  const models =
    around.models ??
    `
  - model_name: test-model
    litellm_params:
      model: openai/test-model
      api_base: ${around.upstreamUrl}/v1
      api_key: upstream-secret
      input_cost_per_token: 0.00000123
      output_cost_per_token: 0.00000777
      cache_read_input_token_cost: 0.000000456`;
  return `model_list:${models}
general_settings:
  master_key: ${MASTER_KEY}
  enable_jwt_auth: true
${around.databaseUrl === undefined ? '' : `  database_url: ${JSON.stringify(around.databaseUrl)}\n`}  litellm_jwtauth:${around.jwtauth ?? DEFAULT_JWTAUTH}
gatehouse:
  data_dir: ${JSON.stringify(dataDir)}
${around.gatehouse ?? ''}`;
}

/**
 * The environment that goes with {@link testConfiguration}.
 * @param around what the gateway stands on
 */
export function testEnvironment(around: TestSurroundings): Record<string, string> {
  return {
    JWT_PUBLIC_KEY_URL: around.issuer.jwksUrl,
    JWT_ISSUER: around.issuer.issuer,
    JWT_AUDIENCE: AUDIENCE,
    LOG_LEVEL: 'fatal',
    PORT: '0',
    ...around.env,
  };
}

/** With a database already in it where the embedded one is used: that saves each suite some seconds. */
function temporaryDataDirectory(around: TestSurroundings): Promise<string> {
  return around.databaseUrl === undefined
    ? embeddedDataDirectory()
    : mkdtemp(join(tmpdir(), 'gatehouse-test-'));
}

/**
 * Starts a gateway and waits until its database can be used.
 * @param around what it stands on
 */
export async function startGateway(around: TestSurroundings): Promise<TestGateway> {
  const dataDir = around.dataDir ?? (await temporaryDataDirectory(around));
  const settings = settingsFromYaml(testConfiguration(around, dataDir), testEnvironment(around));
  const gateway = await createGateway(settings, { logger: new JsonLogger(settings.logLevel) });
  await gateway.app.get(Database).whenReady();
  const { url } = await gateway.listen();
  return {
    url,
    gateway,
    stop: async () => {
      await gateway.shutdown();
      if (around.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
