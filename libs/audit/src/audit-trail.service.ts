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
/** A statement has at most 65,535 parameters. */
const INSERT_BATCH = 1_000;

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
  /** Entries by the transaction at whose end they are appended. */
  private readonly waiting = new WeakMap<UnitOfWork, AuditEntryEntity[]>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Records a change in the transaction that makes it: both are kept or neither is. The entries of a transaction are appended at
   * its end, because the chain is locked from then on until the commit.
   * @param unit the change's transaction
   * @param change what happened; values of members named like secrets are masked
   */
  record(unit: UnitOfWork, change: AuditChange): void {
    const entry = this.entryOf(change);
    const waiting = this.waiting.get(unit);
    if (waiting !== undefined) {
      waiting.push(entry);
      return;
    }
    const entries = [entry];
    this.waiting.set(unit, entries);
    unit.beforeCommit(() => this.append(unit, entries));
  }

  private entryOf(change: AuditChange): AuditEntryEntity {
    const entry = new AuditEntryEntity();
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
    return entry;
  }

  private async append({ manager }: UnitOfWork, entries: AuditEntryEntity[]): Promise<void> {
    const head = await manager.findOneOrFail(AuditChainHeadEntity, {
      where: { chain: CHAIN },
      lock: { mode: 'pessimistic_write' },
    });
    let { sequence, hash } = head;
    for (const entry of entries) {
      sequence = String(BigInt(sequence) + 1n);
      entry.sequence = sequence;
      entry.previousHash = hash;
      hash = hashOf(entry);
      entry.hash = hash;
    }
    for (let from = 0; from < entries.length; from += INSERT_BATCH)
      await manager.insert(AuditEntryEntity, entries.slice(from, from + INSERT_BATCH));
    await manager.update(AuditChainHeadEntity, { chain: CHAIN }, { sequence, hash });
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
