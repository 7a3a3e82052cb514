import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Virtual keys, and which tokens run as which of them.
 *
 * A key does not fall with its user, team or organisation by itself: deleting it has to be audited and announced, so
 * libs/admin deletes keys first and the foreign keys hold it to that. A mapping falls with its key and follows it
 * when the key is regenerated.
 */
export class CreateVirtualKeys1700000000006 implements MigrationInterface {
  readonly name = 'CreateVirtualKeys1700000000006';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createKeys(queryRunner);
    await createMappings(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE jwt_key_mappings');
    await queryRunner.query('DROP TABLE virtual_keys');
  }
}

async function createKeys(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE virtual_keys (
      token text NOT NULL,
      key_name text NOT NULL,
      key_alias text,
      user_id text,
      team_id text,
      organization_id text,
      models text[] NOT NULL DEFAULT '{}',
      allowed_routes text[] NOT NULL DEFAULT '{}',
      metadata jsonb NOT NULL DEFAULT '{}',
      blocked boolean NOT NULL DEFAULT false,
      expires_at timestamptz,
      predecessors text[] NOT NULL DEFAULT '{}',
      created_by text,
      updated_by text,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT virtual_keys_pkey PRIMARY KEY (token),
      CONSTRAINT virtual_keys_token_check CHECK (token ~ '^[0-9a-f]{64}$'),
      CONSTRAINT virtual_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (user_id),
      CONSTRAINT virtual_keys_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams (team_id),
      CONSTRAINT virtual_keys_organization_id_fkey
        FOREIGN KEY (organization_id) REFERENCES organizations (organization_id)
    )`);
  await queryRunner.query(
    'CREATE UNIQUE INDEX virtual_keys_key_alias_key ON virtual_keys (key_alias)',
  );
  for (const column of ['user_id', 'team_id', 'organization_id', 'created_at']) {
    await queryRunner.query(`CREATE INDEX virtual_keys_${column}_idx ON virtual_keys (${column})`);
  }
}

async function createMappings(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE jwt_key_mappings (
      mapping_id text NOT NULL,
      jwt_claim_name text NOT NULL,
      jwt_claim_value text NOT NULL,
      jwt_issuer text NOT NULL DEFAULT '',
      token text NOT NULL,
      description text,
      is_active boolean NOT NULL DEFAULT true,
      created_by text,
      updated_by text,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT jwt_key_mappings_pkey PRIMARY KEY (mapping_id),
      CONSTRAINT jwt_key_mappings_token_fkey FOREIGN KEY (token) REFERENCES virtual_keys (token)
        ON DELETE CASCADE ON UPDATE CASCADE
    )`);
  // The value first: it is what tokens are looked up by.
  await queryRunner.query(`
    CREATE UNIQUE INDEX jwt_key_mappings_claim_key
      ON jwt_key_mappings (jwt_claim_value, jwt_claim_name, jwt_issuer)`);
  await queryRunner.query('CREATE INDEX jwt_key_mappings_token_idx ON jwt_key_mappings (token)');
  await queryRunner.query(
    'CREATE INDEX jwt_key_mappings_created_at_idx ON jwt_key_mappings (created_at)',
  );
}
