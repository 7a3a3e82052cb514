import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The append-only record of changes, and the one row that says where its hash chain ends.
 *
 * The head row serialises writers (its lock is the chain's lock) and makes a cut-off tail visible.
 * Entries refuse UPDATE, DELETE and TRUNCATE in the database itself, so that a defect in this
 * program cannot rewrite history. A database user that may drop triggers can change entries, but
 * that breaks the chain.
 */
export class CreateAuditEntries1700000000003 implements MigrationInterface {
  readonly name = 'CreateAuditEntries1700000000003';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE audit_entries (
        sequence bigint NOT NULL,
        recorded_at timestamptz NOT NULL,
        actor_kind text NOT NULL,
        actor_user_id text,
        actor_issuer text,
        actor_subject text,
        request_id text,
        decision_id text,
        action text NOT NULL,
        table_name text NOT NULL,
        object_id text NOT NULL,
        before_value jsonb,
        after_value jsonb,
        previous_hash text NOT NULL,
        hash text NOT NULL,
        CONSTRAINT audit_entries_pkey PRIMARY KEY (sequence)
      )`);
    await queryRunner.query(
      'CREATE INDEX audit_entries_object_idx ON audit_entries (table_name, object_id)',
    );
    await queryRunner.query(
      'CREATE INDEX audit_entries_recorded_at_idx ON audit_entries (recorded_at)',
    );
    await queryRunner.query(`
      CREATE TABLE audit_chain_heads (
        chain text NOT NULL,
        sequence bigint NOT NULL,
        hash text NOT NULL,
        CONSTRAINT audit_chain_heads_pkey PRIMARY KEY (chain)
      )`);
    await queryRunner.query(
      `INSERT INTO audit_chain_heads (chain, sequence, hash) VALUES ('main', 0, repeat('0', 64))`,
    );
    await queryRunner.query(`
      CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'audit_entries is append-only' USING ERRCODE = 'restrict_violation';
      END
      $$`);
    await queryRunner.query(`
      CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries
        FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()`);
    await queryRunner.query(`
      CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE audit_entries');
    await queryRunner.query('DROP TABLE audit_chain_heads');
    await queryRunner.query('DROP FUNCTION refuse_audit_change()');
  }
}
