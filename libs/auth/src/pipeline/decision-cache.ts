import { Injectable } from '@nestjs/common';
import {
  isModelRoute,
  requestTagsOf,
  type DecisionStep,
  type Principal,
  type TeamCandidate,
} from '#libs/access';
import { Clock, Reads } from '#libs/common';
import { SettingsStore, type Settings } from '#libs/config';
import type { AccessDecision, CallHeaders } from '../call/access-decision.js';
import { isNothingToCommit } from '../tenancy/provisioning.service.js';
import { CallerCache } from '../credentials/caller-cache.js';
import { endUserMentions } from '../tenancy/requested-end-user.js';
import { TEAM_HEADER } from '../tenancy/requested-team.js';
import { accessContextOf, grantIn, type Grant } from './admitted-call.js';

/** An admission and everything that it was made from. */
interface KnownDecision extends Pick<AccessDecision, 'routes' | 'models' | 'evaluatedRows'> {
  readonly settings: Settings;
  readonly reads: Reads;
  readonly steps: readonly DecisionStep[];
  readonly teamCandidates: readonly TeamCandidate[];
  readonly grant: Grant;
}

/** A decision that is being made. */
interface Recording {
  readonly name: string;
  readonly settings: Settings;
  readonly reads: Reads;
  readonly firstStep: number;
}

/** Settings that decide what is read of a request. */
type ReadSettings = Pick<Settings['access'], 'endUserHeaders' | 'rejectClientTags'>;

/** Names that are kept for one caller; past it all are dropped. */
const MAX_PER_CALLER = 32;
/** Longest name of a request that is kept, so that a caller cannot fill the memory with long members. */
const MAX_NAME_LENGTH = 1_000;

/**
 * Remembers admitted calls of callers that the {@link CallerCache} keeps, so that the same call again needs none of the
 * steps behind jwt-auth. A use compares everything that they read: settings, rows, the clock. Refusals and admissions that
 * plan a write are never remembered, nor is anything of the calls but what decides them. See docs/adr/0027-repeated-decisions.md.
 */
@Injectable()
export class DecisionCache {
  /** By caller and name; `null` for a call that was evaluated and not kept, such as one that is refused each time. */
  private readonly decisions = new WeakMap<Principal, Map<string, KnownDecision | null>>();
  private readonly recordings = new WeakMap<AccessDecision, Recording>();

  constructor(
    private readonly settings: SettingsStore,
    private readonly callers: CallerCache,
    private readonly clock: Clock,
  ) {}

  /**
   * Decides a call as the same one was decided before, or begins to record how it is decided.
   * @param call a call whose caller is known and that no later step has evaluated
   * @returns whether it is decided
   */
  repeat(call: AccessDecision): boolean {
    const name = this.callers.isKept(call.verified) ? this.nameOf(call) : null;
    if (name === null) return false;
    const ofCaller = this.decisionsOf(call.verified);
    const known = ofCaller.get(name);
    if (known === null) return false;
    if (known === undefined) {
      if (ofCaller.size >= MAX_PER_CALLER) ofCaller.clear();
      ofCaller.set(name, null);
    } else if (this.isCurrent(known)) {
      apply(known, call);
      return true;
    }
    this.recordings.set(call, {
      name,
      settings: this.settings.current,
      reads: new Reads(this.clock.nowMs()),
      firstStep: call.trace.steps.length,
    });
    return false;
  }

  /** Runs a part of the decision whose reads are recorded. */
  during<T>(call: AccessDecision, work: () => T): T {
    const recording = this.recordings.get(call);
    return recording === undefined ? work() : recording.reads.during(work);
  }

  /** Remembers a call that every step has admitted. */
  keep(call: AccessDecision): void {
    const recording = this.recordings.get(call);
    const { access, trace, routes, models, evaluatedRows, verified } = call;
    if (recording === undefined) {
      this.recordNext(call);
      return;
    }
    if (access === null || !isNothingToCommit(access.admission)) return;
    const { name, settings, reads, firstStep } = recording;
    this.decisionsOf(verified).set(name, {
      settings,
      reads,
      steps: trace.steps.slice(firstStep),
      teamCandidates: [...trace.teamCandidates],
      grant: grantIn(access),
      routes,
      models,
      evaluatedRows,
    });
  }

  /** A call that was refused before and is admitted now is worth remembering the next time. */
  private recordNext(call: AccessDecision): void {
    const ofCaller = this.decisions.get(call.verified);
    const name = ofCaller === undefined ? null : this.nameOf(call);
    if (name !== null && ofCaller?.get(name) === null) ofCaller.delete(name);
  }

  private nameOf(call: AccessDecision): string | null {
    return nameOf(call, this.settings.current.access);
  }

  private decisionsOf(caller: Principal): Map<string, KnownDecision | null> {
    const known = this.decisions.get(caller);
    if (known !== undefined) return known;
    const made = new Map<string, KnownDecision | null>();
    this.decisions.set(caller, made);
    return made;
  }

  private isCurrent({ settings, reads }: KnownDecision): boolean {
    return settings === this.settings.current && reads.areCurrent(this.clock.nowMs());
  }
}

function apply(known: KnownDecision, call: AccessDecision): void {
  call.trace.steps.push(...known.steps);
  call.trace.teamCandidates.push(...known.teamCandidates);
  call.routes = known.routes;
  call.models = known.models;
  call.evaluatedRows = known.evaluatedRows;
  call.access = accessContextOf(call, known.grant);
}

/**
 * Everything of a request that the steps behind jwt-auth read, in one string; `null` where a member has a form that they
 * may refuse.
 */
function nameOf(
  { route, body, request: { headers } }: AccessDecision,
  settings: ReadSettings,
): string | null {
  if (route === null) return null;
  let name = `${route.method} ${route.path} ${partOf(route.model ?? undefined)}`;
  name += partOf(headers[TEAM_HEADER]);
  if (!isModelRoute(route)) return name.length > MAX_NAME_LENGTH ? null : name;
  for (const value of readBySteps(body, headers, settings)) {
    if (value !== undefined && typeof value !== 'string') return null;
    name += partOf(value);
  }
  return name.length > MAX_NAME_LENGTH ? null : name;
}

/** `null` also for a member that is not JSON, which the step that needs it refuses: in a large body nothing else is parsed. */
function readBySteps(
  body: AccessDecision['body'],
  headers: CallHeaders,
  { endUserHeaders, rejectClientTags }: ReadSettings,
): readonly unknown[] {
  try {
    // Read also where they decide nothing, because what states them must be JSON.
    const stated = requestTagsOf({ own: [], headers, body });
    if (rejectClientTags && stated.length > 0) return [null];
    return [body?.value('model'), ...endUserMentions(body, headers, endUserHeaders)];
  } catch {
    return [null];
  }
}

/** With its length, so that no value can look like two. */
function partOf(value: string | readonly string[] | undefined): string {
  if (value === undefined) return '-';
  return typeof value === 'string'
    ? `${String(value.length)}:${value}`
    : `[${value.map(partOf).join('')}]`;
}
