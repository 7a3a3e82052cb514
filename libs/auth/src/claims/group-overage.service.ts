import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { DecisionTrace } from '#libs/access';
import { Clock, deepFreeze, GatehouseError, isGatehouseError } from '#libs/common';
import { SettingsStore, type GroupOverageSettings } from '#libs/config';
import { providerProblem } from '../failures/provider-error.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { readClaimId } from './claim-ids.js';
import { GroupDirectory, type GroupQuery } from './group-directory.js';
import { GROUPS_CLAIM, neededClaims, pointedClaims } from './group-overage.js';
import type { ProvenClaims } from './proven-claims.js';

type Claims = Readonly<Record<string, unknown>>;

interface KnownGroups {
  readonly groups: readonly string[];
  /**
   * Completed claims by the original claims. They are dropped with the groups, so that nothing else
   * keeps those in memory.
   */
  readonly completed: WeakMap<Claims, Claims>;
}

interface Remembered {
  readonly answer: KnownGroups | GatehouseError;
  readonly untilMs: number;
}

const MAX_SUBJECTS = 10_000;
/** For the groups of all subjects together: some subjects have thousands. */
const MAX_BYTES = 64 * 1024 * 1024;
const FAILURE_BYTES = 1_000;
/** Two bytes a character at most, and the overhead of a list entry. */
const GROUP_BYTES = 32;
/**
 * After a refusal or failure the directory is not called again about the same subject for this
 * time.
 */
const FAILURE_MS = 5_000;

/**
 * Completes tokens that only point at the groups of their subject. Such a token never counts as one
 * without groups: the groups are fetched from the configured directory and cached per subject, or
 * the caller is refused.
 */
@Injectable()
export class GroupOverageService {
  private readonly known = new LRUCache<string, Remembered>({
    max: MAX_SUBJECTS,
    maxSize: MAX_BYTES,
    sizeCalculation: ({ answer }) => bytesOf(answer),
  });
  private readonly running = new Map<string, Promise<KnownGroups>>();

  /** @param settings hold the endpoint of the directory */
  constructor(
    private readonly settings: SettingsStore,
    private readonly directory: GroupDirectory,
    private readonly clock: Clock,
  ) {}

  /**
   * Returns the claims, completed with the groups that they point at if the mapping, a policy or
   * `custom_validate` needs them. Concurrent calls of one subject share one request; the same
   * claims are completed once.
   * @throws GatehouseError `groups_unresolved` if the groups cannot be determined,
   *   `auth_provider_unavailable` if the directory does not respond
   */
  async withGroups(proven: ProvenClaims, trace: DecisionTrace): Promise<Claims> {
    const { claims } = proven;
    const needed = this.neededOf(proven);
    if (needed.length === 0) return claims;
    const { overage } = this.settings.current.jwt.teams;
    if (needed.some((name) => name !== GROUPS_CLAIM)) {
      throw unresolved('the token only points at a claim that is mapped and is not its groups');
    }
    if (overage === null) throw unresolved('the token only points at its groups');
    const known = await this.groupsOf(proven, overage);
    const count = String(known.groups.length);
    trace.passed(
      'jwt-auth',
      `the token only points at its groups: the directory lists ${count}`,
      CONFIG_KEYS.groupOverage,
    );
    return completedClaims(claims, known);
  }

  /** `custom_validate` may read any claim, so it needs all of them. */
  private neededOf({ claims, fields }: ProvenClaims): readonly string[] {
    const pointed = pointedClaims(claims);
    const { jwt, access } = this.settings.current;
    if (pointed.length === 0 || jwt.customValidate !== null) return pointed;
    const mapped = neededClaims(claims, fields, pointed);
    const isAsked = (name: string) => access.policies.some(({ when }) => when.includes(name));
    return pointed.filter((name) => mapped.includes(name) || isAsked(name));
  }

  private async groupsOf(
    { claims, token }: ProvenClaims,
    rules: GroupOverageSettings,
  ): Promise<KnownGroups> {
    const query: GroupQuery = { endpoint: endpointFor(claims, rules), token };
    const subject = readClaimId(claims['oid']) ?? readClaimId(claims['sub']);
    const name = JSON.stringify([query.endpoint, claims['iss'], subject]);
    const kept = this.known.get(name);
    if (kept !== undefined && this.clock.nowMs() < kept.untilMs) return settled(kept);
    if (rules.tokenUrl === null && token === null) {
      throw unresolved(
        'the directory is called with the token of the caller, and the caller has no token',
      );
    }
    const shared = this.running.get(name);
    if (shared !== undefined) return shared;
    const asked = this.ask(name, query, rules).finally(() => this.running.delete(name));
    this.running.set(name, asked);
    return asked;
  }

  private async ask(
    name: string,
    query: GroupQuery,
    rules: GroupOverageSettings,
  ): Promise<KnownGroups> {
    try {
      const answer = await this.directory.groupsOf(query, rules);
      if (!answer.isListed) throw failureOf(answer.status);
      const known = { groups: Object.freeze([...answer.groups]), completed: new WeakMap() };
      this.remember(name, known, rules.cacheSeconds * 1000);
      return known;
    } catch (error) {
      if (isGatehouseError(error)) this.remember(name, error, FAILURE_MS);
      throw error;
    }
  }

  private remember(name: string, answer: Remembered['answer'], ms: number): void {
    this.known.set(name, { answer, untilMs: this.clock.nowMs() + ms });
  }
}

function settled({ answer }: Remembered): KnownGroups {
  if (isGatehouseError(answer)) throw answer;
  return answer;
}

function bytesOf(answer: Remembered['answer']): number {
  if (isGatehouseError(answer)) return FAILURE_BYTES;
  return answer.groups.reduce((bytes, { length }) => bytes + 2 * length + GROUP_BYTES, GROUP_BYTES);
}

function completedClaims(claims: Claims, { groups, completed }: KnownGroups): Claims {
  let whole = completed.get(claims);
  if (whole === undefined) {
    whole = deepFreeze({ ...claims, [GROUPS_CLAIM]: groups });
    completed.set(claims, whole);
  }
  return whole;
}

/** An id out of a token becomes exactly one segment of a path. */
function endpointFor(claims: Claims, { endpoint }: GroupOverageSettings): string {
  if (!endpoint.includes('{oid}')) return endpoint;
  const objectId = readClaimId(claims['oid']);
  if (objectId === null || !/[^.]/.test(objectId)) {
    throw unresolved('the token has no claim oid for the request to the directory');
  }
  return endpoint.replaceAll('{oid}', encodeURIComponent(objectId));
}

/** A refusal by the directory is permanent; after a failure it may respond later. */
function failureOf(status: number): GatehouseError {
  const problem = `the directory responds with status ${String(status)}`;
  const isRefusal = status >= 400 && status < 500 && status !== 429;
  return isRefusal ? unresolved(problem) : providerProblem(problem);
}

function unresolved(problem: string): GatehouseError {
  const context = { problem, configKey: CONFIG_KEYS.groupOverage };
  return new GatehouseError('groups_unresolved', { context });
}
