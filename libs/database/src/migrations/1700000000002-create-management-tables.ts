import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Organisations, teams, users, memberships and end users.
 *
 * Ids are text: they come from tokens or are generated. A membership falls with its team or its
 * user; an organisation with teams cannot be deleted under them, because deleting teams is a change
 * that has to be audited team by team.
 */
export class CreateManagementTables1700000000002 implements MigrationInterface {
  readonly name = 'CreateManagementTables1700000000002';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createOrganizations(queryRunner);
    await createTeams(queryRunner);
    await createUsers(queryRunner);
    await createMemberships(queryRunner);
    await createEndUsers(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE end_users');
    await queryRunner.query('DROP TABLE team_memberships');
    await queryRunner.query('DROP TABLE users');
    await queryRunner.query('DROP TABLE teams');
    await queryRunner.query('DROP TABLE organizations');
  }
}

async function createOrganizations(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE organizations (
      organization_id text NOT NULL,
      organization_alias text NOT NULL,
      models text[] NOT NULL DEFAULT '{}',
      metadata jsonb NOT NULL DEFAULT '{}',
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      created_by text NOT NULL,
      updated_by text NOT NULL,
      CONSTRAINT organizations_pkey PRIMARY KEY (organization_id)
    )`);
  await queryRunner.query(
    'CREATE INDEX organizations_organization_alias_idx ON organizations (organization_alias)',
  );
}

async function createTeams(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE teams (
      team_id text NOT NULL,
      team_alias text,
      organization_id text,
      models text[] NOT NULL DEFAULT '{}',
      metadata jsonb NOT NULL DEFAULT '{}',
      blocked boolean NOT NULL DEFAULT false,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT teams_pkey PRIMARY KEY (team_id),
      CONSTRAINT teams_organization_id_fkey
        FOREIGN KEY (organization_id) REFERENCES organizations (organization_id)
    )`);
  await queryRunner.query('CREATE INDEX teams_organization_id_idx ON teams (organization_id)');
  await queryRunner.query('CREATE INDEX teams_team_alias_idx ON teams (team_alias)');
}

async function createUsers(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE users (
      user_id text NOT NULL,
      user_email text,
      email_verified boolean NOT NULL DEFAULT true,
      user_alias text,
      user_role text,
      models text[] NOT NULL DEFAULT '{}',
      metadata jsonb NOT NULL DEFAULT '{}',
      blocked boolean NOT NULL DEFAULT false,
      bound_issuer text,
      bound_subject text,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT users_pkey PRIMARY KEY (user_id),
      CONSTRAINT users_user_role_check CHECK (
        user_role IN ('proxy_admin', 'proxy_admin_viewer', 'internal_user', 'internal_user_viewer')
      )
    )`);
  // Not unique: two issuers may both assert one address for different accounts.
  await queryRunner.query('CREATE INDEX users_user_email_lower_idx ON users (lower(user_email))');
  await queryRunner.query('CREATE INDEX users_created_at_idx ON users (created_at)');
}

async function createMemberships(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE team_memberships (
      team_id text NOT NULL,
      user_id text NOT NULL,
      role text NOT NULL DEFAULT 'user',
      source text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT team_memberships_pkey PRIMARY KEY (team_id, user_id),
      CONSTRAINT team_memberships_team_id_fkey
        FOREIGN KEY (team_id) REFERENCES teams (team_id) ON DELETE CASCADE,
      CONSTRAINT team_memberships_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users (user_id) ON DELETE CASCADE,
      CONSTRAINT team_memberships_role_check CHECK (role IN ('admin', 'user')),
      CONSTRAINT team_memberships_source_check
        CHECK (source IN ('admin', 'scim', 'sync', 'token'))
    )`);
  await queryRunner.query(
    'CREATE INDEX team_memberships_user_id_idx ON team_memberships (user_id)',
  );
}

async function createEndUsers(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE end_users (
      end_user_id text NOT NULL,
      alias text,
      blocked boolean NOT NULL DEFAULT false,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT end_users_pkey PRIMARY KEY (end_user_id)
    )`);
}
