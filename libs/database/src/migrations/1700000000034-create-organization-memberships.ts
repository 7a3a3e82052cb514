import type { MigrationInterface, QueryRunner } from 'typeorm';
import { entriesSpendOfOrgMembers, entriesSpendOfTags } from './entries-spend-function.js';
import { replaceFunctions } from './sql-function.js';

const SCOPES = ['key', 'user', 'team', 'team_member', 'org', 'end_user', 'tag'];

/** Every entry of a user in an organisation. */
const OF_MEMBERS = 'spend_entries e WHERE e.org_id IS NOT NULL AND e.user_id IS NOT NULL';

/** Members of organisations, and the sums of what each of them has spent in them. */
export class CreateOrganizationMemberships1700000000034 implements MigrationInterface {
  readonly name = 'CreateOrganizationMemberships1700000000034';

  /**
   * Creates the table, and adds the entries up by organisation and user.
   * @param queryRunner the migration's connection
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    // A process of the earlier version would book entries behind the sums.
    await queryRunner.query('LOCK TABLE spend_entries IN SHARE MODE');
    await queryRunner.query(`CREATE TABLE organization_memberships (
      organization_id text NOT NULL,
      user_id text NOT NULL,
      role text NOT NULL DEFAULT 'internal_user',
      limits jsonb NOT NULL DEFAULT '{}',
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT organization_memberships_pkey PRIMARY KEY (organization_id, user_id),
      CONSTRAINT organization_memberships_organization_id_fkey
        FOREIGN KEY (organization_id) REFERENCES organizations (organization_id) ON DELETE CASCADE,
      CONSTRAINT organization_memberships_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users (user_id) ON DELETE CASCADE,
      CONSTRAINT organization_memberships_role_check
        CHECK (role IN ('org_admin', 'internal_user', 'internal_user_viewer'))
    )`);
    await queryRunner.query(
      'CREATE INDEX organization_memberships_user_id_idx ON organization_memberships (user_id)',
    );
    await setScopes(queryRunner, [...SCOPES, 'org_member']);
    await queryRunner.query(`INSERT INTO spend_totals (scope, id, spend_usd, reserved_usd)
      SELECT 'org_member', e.org_id || ':' || e.user_id, sum(e.cost_usd),
        coalesce(sum(e.reserved_usd) FILTER (WHERE e.state = 'reserved'), 0)
      FROM ${OF_MEMBERS} GROUP BY 2`);
    await queryRunner.query(`INSERT INTO spend_quarters (scope, id, quarter, spend_usd)
      SELECT 'org_member', e.org_id || ':' || e.user_id,
        date_bin('15 minutes', coalesce(e.admitted_at, e.started_at), 'epoch'::timestamptz), sum(e.cost_usd)
      FROM ${OF_MEMBERS} AND e.cost_usd <> 0 GROUP BY 2, 3`);
    await replaceFunctions(queryRunner, [entriesSpendOfOrgMembers]);
  }

  /**
   * Drops the table and the sums of members.
   * @param queryRunner the migration's connection
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    await replaceFunctions(queryRunner, [entriesSpendOfTags]);
    for (const table of ['spend_totals', 'spend_quarters', 'budget_windows', 'budget_leases']) {
      await queryRunner.query(`DELETE FROM ${table} WHERE scope = 'org_member'`);
    }
    await setScopes(queryRunner, SCOPES);
    await queryRunner.query('DROP TABLE organization_memberships');
  }
}

async function setScopes(queryRunner: QueryRunner, scopes: readonly string[]): Promise<void> {
  const list = scopes.map((scope) => `'${scope}'`).join(', ');
  await queryRunner.query(`ALTER TABLE spend_totals DROP CONSTRAINT spend_totals_scope_check,
    ADD CONSTRAINT spend_totals_scope_check CHECK (scope IN (${list}))`);
}
