import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { DecisionTrace } from '#libs/access';
import {
  Clock,
  deepFreeze,
  expiryBy,
  GatehouseError,
  isGatehouseError,
  noteUnrepeatable,
} from '#libs/common';
import { SettingsStore, type GroupOverageSettings } from '#libs/config';
import { providerProblem } from '../failures/provider-error.js';
import { ProviderResponseCache } from '../provider/provider-response-cache.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { readClaimId } from './single-claim.js';
import { GroupDirectory, type GroupQuery } from './group-directory.js';
import { GROUPS_CLAIM, neededClaims, pointedClaims } from './group-overage.js';
import type { ProvenClaims } from './proven-claims.js';

type Claims = Readonly<Record<string, unknown>>;

/** The groups of a subject, frozen. */
type Groups = readonly string[];

const MAX_FAILURES = 10_000;
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
  private readonly failures: LRUCache<string, GatehouseError>;
  private readonly running = new Map<string, Promise<Groups>>();
  /**
   * Completed claims by the groups and by the original claims. They are dropped with the groups, so
   * that nothing else keeps those in memory.
   */
  private readonly completed = new WeakMap<Groups, WeakMap<Claims, Claims>>();

  /** @param settings hold the endpoint of the directory */
  constructor(
    private readonly settings: SettingsStore,
    private readonly directory: GroupDirectory,
    private readonly cache: ProviderResponseCache,
    clock: Clock,
  ) {
    this.failures = new LRUCache({ max: MAX_FAILURES, ttl: FAILURE_MS - 1, ...expiryBy(clock) });
  }

  /**
   * Returns the claims, completed with the groups that they point at if the mapping, a policy or
   * `custom_validate` needs them. Concurrent calls of one subject share one request; the same
   * claims are completed once.
   * @throws GatehouseError `groups_unresolved` if the groups cannot be determined,
   *   `auth_provider_unavailable` if the directory does not respond
   */
  withGroups(proven: ProvenClaims, trace: DecisionTrace): Claims | Promise<Claims> {
    const needed = this.neededOf(proven);
    return needed.length === 0 ? proven.claims : this.complete(proven, needed, trace);
  }

  private async complete(
    proven: ProvenClaims,
    needed: readonly string[],
    trace: DecisionTrace,
  ): Promise<Claims> {
    const { claims } = proven;
    noteUnrepeatable();
    const { overage } = this.settings.current.jwt.teams;
    if (needed.some((name) => name !== GROUPS_CLAIM)) {
      throw unresolved('the token only points at a claim that is mapped and is not its groups');
    }
    if (overage === null) throw unresolved('the token only points at its groups');
    const groups = await this.groupsOf(proven, overage);
    const count = String(groups.length);
    trace.passed(
      'jwt-auth',
      `the token only points at its groups: the directory lists ${count}`,
      CONFIG_KEYS.groupOverage,
    );
    return this.completedClaims(claims, groups);
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
  ): Promise<Groups> {
    const query: GroupQuery = { endpoint: endpointFor(claims, rules), token };
    const key = cacheKey(query, claims);
    const failure = this.failures.get(key);
    if (failure !== undefined) throw failure;
    const known = await this.cache.get<Groups>(key);
    if (known !== null) return known;
    if (rules.tokenUrl === null && token === null) {
      throw unresolved(
        'the directory is called with the token of the caller, and the caller has no token',
      );
    }
    const shared = this.running.get(key);
    if (shared !== undefined) return shared;
    const asked = this.ask(key, query, rules).finally(() => this.running.delete(key));
    this.running.set(key, asked);
    return asked;
  }

  private async ask(key: string, query: GroupQuery, rules: GroupOverageSettings): Promise<Groups> {
    try {
      const response = await this.directory.groupsOf(query, rules);
      if (!response.isListed) throw failureOf(response.status);
      const groups = Object.freeze([...response.groups]);
      await this.cache.add(key, groups, rules.cacheSeconds * 1000);
      return groups;
    } catch (error) {
      if (isGatehouseError(error)) this.failures.set(key, error);
      throw error;
    }
  }

  private completedClaims(claims: Claims, groups: Groups): Claims {
    const known = this.completed.get(groups) ?? new WeakMap<Claims, Claims>();
    this.completed.set(groups, known);
    let whole = known.get(claims);
    if (whole === undefined) {
      whole = deepFreeze({ ...claims, [GROUPS_CLAIM]: groups });
      known.set(claims, whole);
    }
    return whole;
  }
}

/** Returns the key of the groups of a subject, as a digest: the store may be shared, and a subject is a person. */
function cacheKey({ endpoint }: GroupQuery, claims: Claims): string {
  const subject = readClaimId(claims['oid']) ?? readClaimId(claims['sub']);
  return hash('sha256', JSON.stringify(['groups', endpoint, claims['iss'], subject]), 'base64');
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
