import { Body, Catch, Controller, Get, Global, Module, Post, Req } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter, INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { NextFunction, Request, Response } from 'express';
import request from 'supertest';
import {
  Access,
  attachRequestState,
  Public,
  RelaysBody,
  requestStateOf,
  type AccessContext,
} from '#libs/access';
import { AuthModule } from '#libs/auth';
import { Clock, isGatehouseError, newRequestId, SystemClock } from '#libs/common';
import { SettingsStore, settingsFromYaml, type AccessSettings, type Settings } from '#libs/config';
import { ChangeFeed, Database } from '#libs/database';
import { EndUsersService } from '#libs/end-users';
import { OrganizationsService } from '#libs/orgs';
import { TeamsService } from '#libs/teams';
import { UsersService } from '#libs/users';
import { KeyServer } from './key-server.js';
import { RecordsHarness } from './records-harness.js';
import { aSigningKey, signToken } from './signing.js';

/** The master key of every such application. */
export const MASTER_KEY = 'sk-a-long-master-key-for-tests';

/** What its relays take at most. */
export const BODY_LIMIT_BYTES = 1_024;

/** A key that the application's key server vouches for. */
const KEY = aSigningKey();

@Controller()
class ProbeController {
  constructor(private readonly records: RecordsHarness) {}

  @Post('v1/chat/completions')
  @RelaysBody()
  relay(@Req() incoming: Request): object {
    const { body, scan } = requestStateOf(incoming);
    return {
      bytes: body?.toString('utf8'),
      model: scan?.value('model'),
      isParsed: incoming.body !== undefined,
      written: this.records.written,
    };
  }

  @Post('openai/deployments/:model/chat/completions')
  @RelaysBody()
  relayToDeployment(): object {
    return {};
  }

  @Post('embeddings')
  @RelaysBody()
  refuseLate(): never {
    throw new TypeError('refused by the handler');
  }

  @Post('moderations')
  takeModel(@Body() body: object): object {
    return body;
  }

  @Post('team/new')
  create(@Body() body: object, @Access() access: AccessContext): object {
    return { body, role: access.role };
  }

  @Get('v1/models')
  list(): object {
    return { written: this.records.written };
  }

  @Public()
  @Get('open')
  open(@Req() incoming: Request): object {
    return { trace: requestStateOf(incoming).trace ?? null };
  }
}

@Catch()
class TestFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const code = isGatehouseError(error) ? error.code : 'internal_error';
    requestStateOf(host.switchToHttp().getRequest<object>()).log['reason'] = code;
    const hasCause = error instanceof Error && error.cause !== undefined;
    response.status(isGatehouseError(error) ? error.status : 500).json({ code, hasCause });
  }
}

/** Starts the guards before handlers that tell what they were handed, over rows in memory. */
export async function startGuardedApp(): Promise<GuardedApp> {
  const records = new RecordsHarness();
  const server = await KeyServer.start(KEY.publicJwk);
  const nest = await anApplication(server, records);
  nest.use((incoming: Request, _response: Response, next: NextFunction) => {
    attachRequestState(incoming, {
      requestId: newRequestId(),
      clientRequestId: null,
      startedAtMs: performance.now(),
      log: {},
    });
    next();
  });
  nest.useGlobalFilters(new TestFilter());
  await nest.listen(0, '127.0.0.1');
  return new GuardedApp(nest, server, records);
}

/** The guards on real routes, and who calls them. */
export class GuardedApp {
  constructor(
    private readonly nest: INestApplication,
    readonly server: KeyServer,
    /** The rows, and what was written. */
    readonly records: RecordsHarness,
  ) {}

  /** Ends everything that was started. */
  async stop(): Promise<void> {
    await this.nest.close();
    await this.server.stop();
  }

  /** A token of `alice` for the team `research`. */
  tokenOf(claims: Record<string, unknown> = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const payload = {
      iss: this.server.origin,
      sub: 'alice',
      team: 'research',
      exp: now + 60,
      ...claims,
    };
    return signToken(KEY, { payload });
  }

  /** Does the work while relays accept bodies up to this limit. */
  async withBodyLimit(bodyLimitBytes: number, work: () => Promise<void>): Promise<void> {
    const { server } = this.nest.get(SettingsStore).current;
    await this.withSettings({ server: { ...server, bodyLimitBytes } }, work);
  }

  /** Does the work while these settings hold for every credential. */
  async withAccess(access: Partial<AccessSettings>, work: () => Promise<void>): Promise<void> {
    const { current } = this.nest.get(SettingsStore);
    await this.withSettings({ access: { ...current.access, ...access } }, work);
  }

  private async withSettings(changed: Partial<Settings>, work: () => Promise<void>): Promise<void> {
    const settings = this.nest.get(SettingsStore);
    const before = settings.current;
    settings.swap({ ...before, ...changed });
    try {
      await work();
    } finally {
      settings.swap(before);
    }
  }

  /** A POST, with no credential where `null` is given. */
  post(path: string, token: string | null = this.tokenOf()): request.Test {
    const call = request(this.nest.getHttpServer()).post(path);
    return token === null ? call : call.set('authorization', `Bearer ${token}`);
  }

  /** A GET, with no credential where `null` is given. */
  get(path: string, token: string | null): request.Test {
    const call = request(this.nest.getHttpServer()).get(path);
    return token === null ? call : call.set('authorization', `Bearer ${token}`);
  }
}

async function anApplication(
  server: KeyServer,
  records: RecordsHarness,
): Promise<INestApplication> {
  const fakes = records.providers();
  const globals = [
    { provide: SettingsStore, useValue: new SettingsStore(settingsOf(server)) },
    { provide: Clock, useClass: SystemClock },
    { provide: RecordsHarness, useValue: records },
    ...fakes.filter((one) => 'provide' in one && isGlobal(one.provide)),
  ];

  @Global()
  @Module({
    providers: globals,
    exports: globals.map((one) => ('provide' in one ? one.provide : one)),
  })
  class GlobalsModule {}

  let building = Test.createTestingModule({
    imports: [GlobalsModule, AuthModule],
    controllers: [ProbeController],
  });
  for (const service of [UsersService, TeamsService, OrganizationsService, EndUsersService]) {
    const fake = fakes.find((one) => 'provide' in one && one.provide === service);
    building = building
      .overrideProvider(service)
      .useValue(fake !== undefined && 'useValue' in fake ? fake.useValue : null);
  }
  const module = await building.compile();
  return module.createNestApplication({ bodyParser: false });
}

function settingsOf(server: KeyServer): Settings {
  return settingsFromYaml(
    `
model_list:
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_key: secret }
general_settings:
  master_key: ${MASTER_KEY}
  enable_jwt_auth: true
  litellm_jwtauth: { user_id_jwt_field: sub, team_id_jwt_field: team, user_id_upsert: true }
gatehouse: { server: { body_limit_bytes: ${String(BODY_LIMIT_BYTES)} } }`,
    { JWT_PUBLIC_KEY_URL: server.jwksUrl },
  );
}

function isGlobal(token: unknown): boolean {
  return token === Database || token === ChangeFeed;
}
