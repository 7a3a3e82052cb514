import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecisionTrace, type Principal } from '#libs/access';
import { GatehouseError, isGatehouseError } from '#libs/common';
import type { JwtSettings } from '#libs/config';
import { aHarness, overHarnessRows } from '#support/credential-harness';
import { aClaim, anIssuer, claimFields, jwtSettings } from '#support/jwt-settings';
import { LogoutInquiryService } from './logout-inquiry.service.js';
import { TokenKeyMappingService } from './token-key-mapping.service.js';
import { RevocationList } from '../revocation/revocation-list.service.js';
import { GroupDirectory } from '../claims/group-directory.js';
import { CredentialsModule } from './credentials.module.js';
import { PrincipalFactory } from './principal.factory.js';

const CLAIMS = { iss: 'https://id.example', sub: 'alice', jti: 't' };

/** What the deny list and the mappings to keys were asked, in order. */
let asked: string[];
let isRevoked: boolean;
let mapped: Partial<Principal> | null;

beforeEach(() => {
  asked = [];
  isRevoked = false;
  mapped = null;
});

const revocations = {
  refuseRevoked: ({ subject, userId }: Principal) => {
    asked.push(`revoked ${String(subject)} ${String(userId)}`);
    return isRevoked ? Promise.reject(new GatehouseError('token_revoked')) : Promise.resolve();
  },
};
const directory = { groupsOf: () => Promise.resolve({ isListed: true, groups: ['g1', 'g2'] }) };
const keys = {
  mapped: (principal: Principal) => {
    asked.push(`key of ${String(principal.subject)}`);
    return Promise.resolve(mapped === null ? null : { ...principal, ...mapped });
  },
};

async function make(
  claims: Record<string, unknown> = CLAIMS,
  jwt: Partial<JwtSettings> = {},
  trace = new DecisionTrace('dec_test'),
  token: string | null = null,
): Promise<Principal | string> {
  const harness = await aHarness(
    {
      ...overHarnessRows(CredentialsModule),
      overrides: [
        {
          provide: LogoutInquiryService,
          useValue: { confirmed: (principal: object) => Promise.resolve(principal) },
        },
        { provide: GroupDirectory, useValue: directory },
        { provide: RevocationList, useValue: revocations },
        { provide: TokenKeyMappingService, useValue: keys },
      ],
    },
    { jwt },
  );
  const fields = claimFields({ userId: aClaim('sub') });
  const entry = anIssuer({ configPath: 'gatehouse.issuers[0]' });
  const proven = {
    kind: 'jwt' as const,
    claims,
    fields,
    configPath: entry.configPath,
    entry,
    token,
  };
  try {
    return await harness.module.get(PrincipalFactory).make(proven, trace);
  } catch (error) {
    return isGatehouseError(error) ? error.code : String(error);
  } finally {
    await harness.close();
  }
}

describe('proven claims', () => {
  test('become the principal that they stand for, once the deny list has let it pass', async () => {
    expect(await make()).toMatchObject({ kind: 'jwt', userId: 'alice', key: null });
    expect(asked).toEqual(['revoked alice alice', 'key of alice']);
  });

  test('of a revoked caller are refused before the mapping to a virtual key is read', async () => {
    isRevoked = true;
    expect(await make()).toBe('token_revoked');
    expect(asked).toEqual(['revoked alice alice']);
  });

  test('run as the virtual key that they are mapped to', async () => {
    mapped = { kind: 'jwt', userId: 'owner' };
    expect(await make()).toMatchObject({ userId: 'owner' });
    expect(asked).toEqual(['revoked alice alice', 'key of alice']);
  });

  test('are completed before a check of the operator looks at them, or refused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-completed-'));
    const file = join(folder, 'check.mjs');
    writeFileSync(file, `export const check = ({ groups = [] }) => !groups.includes('g2');`);
    const customValidate = { file, exportName: 'check' };
    const overage = {
      endpoint: 'https://directory.example/groups',
      tokenUrl: null,
      clientId: null,
      clientSecret: null,
      scope: null,
      cacheSeconds: 300,
    };
    const teams = { ...jwtSettings().teams, overage };
    const pointing = { ...CLAIMS, hasgroups: true };
    try {
      expect(await make(CLAIMS, { customValidate, teams })).toMatchObject({ userId: 'alice' });
      asked = [];
      const denied = await make(pointing, { customValidate, teams }, undefined, 'theirs');
      expect(denied).toBe('policy_denied');
      expect(await make(pointing, { customValidate })).toBe('groups_unresolved');
      const other = { ...CLAIMS, _claim_names: { clearance: 'src1' } };
      expect(await make(other, { customValidate, teams })).toBe('groups_unresolved');
      expect(asked).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('for which custom_validate throws give no principal', async () => {
    const customValidate = { file: '/nowhere/check.mjs', exportName: 'check' };
    expect(await make(CLAIMS, { customValidate })).toBe('internal_error');
    expect(asked).toEqual([]);
  });

  test('are traced with ids of the principal and settings, and no other value of a claim', async () => {
    const trace = new DecisionTrace('dec_test');
    await make({ ...CLAIMS, email: 'alice@acme.example', roles: ['secret'] }, {}, trace);
    expect(trace.steps.map(({ detail }) => detail)).toEqual([
      'the token is verified: issuer https://id.example, subject alice (not checked: issuer and audience)',
      'user alice (claim sub)',
      'no team: the claim client_id or azp, softly holds none',
      'not an administrator: the claim scope lacks the admin scope',
    ]);
    expect(trace.steps[0]?.config_key).toBe('gatehouse.issuers[0]');
    expect(JSON.stringify(trace.steps)).not.toMatch(/acme|secret/);
  });
});
