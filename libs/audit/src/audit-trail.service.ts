import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/common';
import { Database, type UnitOfWork } from '#libs/database';
import { MoreThan } from 'typeorm';
import type { AuditActor } from './audit-actor.js';
import { AuditChainHeadEntity } from './audit-chain-head.entity.js';
import { AuditEntryEntity, type AuditAction } from './audit-entry.entity.js';
import { canonicalJson } from './canonical-json.js';
import { maskSecrets } from './mask-secrets.js';

const CHAIN = 'main';
const GENESIS_HASH = '0'.repeat(64);
const VERIFY_BATCH = 1_000;

/** One change, as its maker describes it. */
export interface AuditChange {
  readonly action: AuditAction;
  /** Table of the object, for example `teams`. */
  readonly table: string;
  readonly objectId: string;
  /** The object before the change; `null` when it is created. */
  readonly before: object | null;
  /** The object after the change; `null` when it is deleted. */
  readonly after: object | null;
  readonly actor: AuditActor;
}

/** The result of {@link AuditTrail.verify}. */
export type AuditVerification =
  | { readonly isIntact: true; readonly entries: number; readonly headHash: string }
  | { readonly isIntact: false; readonly sequence: number; readonly problem: string };

/** The append-only record of changes and its hash chain. */
@Injectable()
export class AuditTrail {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Appends one entry in the transaction of the change: both are kept or neither is.
   *
   * Takes the chain's lock and holds it until the transaction ends, so change rows first and record
   * afterwards; a writer that holds the lock and then waits for a row can meet one that does the
   * reverse (a deadlock, which `Database.write` retries).
   * @param unit the change's transaction
   * @param change what happened; values of members named like secrets are masked
   */
  async record(unit: UnitOfWork, change: AuditChange): Promise<void> {
    const head = await unit.manager.findOneOrFail(AuditChainHeadEntity, {
      where: { chain: CHAIN },
      lock: { mode: 'pessimistic_write' },
    });
    const entry = new AuditEntryEntity();
    entry.sequence = String(BigInt(head.sequence) + 1n);
    entry.recordedAt = this.clock.now();
    entry.actorKind = change.actor.kind;
    entry.actorUserId = change.actor.userId;
    entry.actorIssuer = change.actor.issuer;
    entry.actorSubject = change.actor.subject;
    entry.requestId = change.actor.requestId;
    entry.decisionId = change.actor.decisionId;
    entry.action = change.action;
    entry.tableName = change.table;
    entry.objectId = change.objectId;
    entry.before = maskSecrets(change.before);
    entry.after = maskSecrets(change.after);
    entry.previousHash = head.hash;
    entry.hash = hashOf(entry);
    await unit.manager.insert(AuditEntryEntity, entry);
    await unit.manager.update(
      AuditChainHeadEntity,
      { chain: CHAIN },
      { sequence: entry.sequence, hash: entry.hash },
    );
  }

  /**
   * Proves that no entry was changed, removed, inserted or cut off behind this program's back.
   * Reads in batches; entries recorded while it runs are not part of the answer.
   * @throws GatehouseError `database_unavailable`
   */
  async verify(): Promise<AuditVerification> {
    const head = await this.database.read((manager) =>
      manager.findOneByOrFail(AuditChainHeadEntity, { chain: CHAIN }),
    );
    const last = Number(head.sequence);
    let previousHash = GENESIS_HASH;
    let sequence = 0;
    while (sequence < last) {
      const batch = await this.entriesAfter(sequence);
      if (batch.length === 0) break;
      for (const entry of batch) {
        if (sequence === last) break;
        const problem = problemOf(entry, sequence + 1, previousHash);
        if (problem !== null) return { isIntact: false, sequence: sequence + 1, problem };
        sequence += 1;
        previousHash = entry.hash;
      }
    }
    if (sequence < last) {
      return { isIntact: false, sequence: sequence + 1, problem: 'the entry is missing' };
    }
    if (previousHash !== head.hash) {
      return {
        isIntact: false,
        sequence,
        problem: 'the chain does not end in the hash of its head',
      };
    }
    return { isIntact: true, entries: sequence, headHash: previousHash };
  }

  private async entriesAfter(sequence: number): Promise<AuditEntryEntity[]> {
    return this.database.read((manager) =>
      manager.find(AuditEntryEntity, {
        where: { sequence: MoreThan(String(sequence)) },
        order: { sequence: 'ASC' },
        take: VERIFY_BATCH,
      }),
    );
  }
}

function problemOf(
  entry: AuditEntryEntity,
  expectedSequence: number,
  previousHash: string,
): string | null {
  if (entry.sequence !== String(expectedSequence)) return 'the entry is missing';
  if (entry.previousHash !== previousHash) return 'the entry does not follow the one before it';
  if (entry.hash !== hashOf(entry)) return 'the entry was changed';
  return null;
}

function hashOf(entry: AuditEntryEntity): string {
  const hashed = Object.entries(entry)
    .filter(([name]) => name !== 'hash')
    .map(([name, value]: [string, unknown]) => [
      name,
      value instanceof Date ? value.toISOString() : value,
    ]);
  return createHash('sha256')
    .update(canonicalJson(Object.fromEntries(hashed)))
    .digest('hex');
}
