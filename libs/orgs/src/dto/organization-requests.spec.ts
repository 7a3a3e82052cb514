import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { OrganizationEntity } from '../entities/organization.entity.js';
import { CreateOrganizationRequest, newOrganizationOf } from './create-organization.request.js';
import { ORGANIZATION_NOT_ENFORCED } from './organization-limits.js';
import { toOrganizationResponse } from './organization.response.js';
import { organizationChangesOf } from './organization-values.request.js';
import { UpdateOrganizationRequest } from './update-organization.request.js';

async function messagesOf(type: new () => object, body: object): Promise<string[]> {
  const errors = await validate(plainToInstance(type, body), {
    whitelist: true,
    forbidNonWhitelisted: true,
  });
  return errors.flatMap((error) => Object.values(error.constraints ?? {}));
}

describe('organization requests', () => {
  const named = { organization_id: 'acme', organization_alias: 'Acme' };

  it('accept every member that is supported', async () => {
    const body = { ...named, models: [], metadata: {} };
    expect(await messagesOf(CreateOrganizationRequest, body)).toEqual([]);
    expect(await messagesOf(UpdateOrganizationRequest, body)).toEqual([]);
  });

  it('need an alias on making and an id on changing', async () => {
    expect(await messagesOf(CreateOrganizationRequest, {})).toHaveLength(1);
    expect(await messagesOf(CreateOrganizationRequest, { organization_alias: null })).toHaveLength(
      1,
    );
    expect(await messagesOf(UpdateOrganizationRequest, { organization_alias: 'x' })).toHaveLength(
      1,
    );
  });

  it.each(ORGANIZATION_NOT_ENFORCED.map((name) => [name]))(
    'take null for %s, which LiteLLM’s clients send, and refuse a value by name',
    async (name) => {
      for (const type of [CreateOrganizationRequest, UpdateOrganizationRequest]) {
        expect(await messagesOf(type, { ...named, [name]: null })).toEqual([]);
        expect(await messagesOf(type, { ...named, [name]: 5 })).toEqual([
          `${name} is not enforced by this version; leave it out`,
        ]);
      }
    },
  );

  it('become values and changes: absent stays, null clears all but the alias', () => {
    expect(newOrganizationOf(plainToInstance(CreateOrganizationRequest, named))).toEqual({
      alias: 'Acme',
      models: [],
      metadata: {},
      limits: expect.any(Function),
    });
    const changesOf = (body: object) =>
      organizationChangesOf(plainToInstance(UpdateOrganizationRequest, body));
    expect(changesOf(named)).toEqual({ alias: 'Acme' });
    expect(changesOf({ organization_alias: null, models: null, metadata: null })).toEqual({
      models: [],
      metadata: {},
    });
  });
});

describe('toOrganizationResponse', () => {
  it('answers in LiteLLM’s shape: null where nothing is set, empty lists, spend as a number', () => {
    const at = new Date('2026-01-02T03:04:05.678Z');
    const row = Object.assign(new OrganizationEntity(), {
      organizationId: 'acme',
      alias: 'Acme',
      models: [],
      metadata: {},
      limits: {},
      createdAt: at,
      updatedAt: at,
      createdBy: 'root',
      updatedBy: 'root',
    });
    expect(toOrganizationResponse(row, 2_500_000_000_000n, () => null, { max_budget: 1 })).toEqual({
      organization_id: 'acme',
      organization_alias: 'Acme',
      max_budget: null,
      soft_budget: null,
      budget_duration: null,
      budget_reset_at: null,
      model_max_budget: {},
      max_parallel_requests: null,
      tpm_limit: null,
      rpm_limit: null,
      budget_limits: null,
      budget_id: null,
      model_rpm_limit: null,
      model_tpm_limit: null,
      spend: 2.5,
      metadata: {},
      models: [],
      model_spend: {},
      created_by: 'root',
      updated_by: 'root',
      created_at: '2026-01-02T03:04:05.678Z',
      updated_at: '2026-01-02T03:04:05.678Z',
      litellm_budget_table: { max_budget: 1 },
      object_permission: null,
    });
  });
});
