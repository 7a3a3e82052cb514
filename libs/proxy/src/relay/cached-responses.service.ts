import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import { cacheKeyOf } from '../cache/cache-key.js';
import type { CacheTerms } from '../cache/cache-terms.js';
import type { CacheUse } from '../cache/cache-use.js';
import { isWhole, type CachedResponse } from '../cache/cached-response.js';
import { ResponseStoreService } from '../cache/response-store.service.js';
import { ResponseRecording } from '../streaming/response-recording.js';
import { isEventStream } from '../upstream/response-headers.js';
import { plainHeaders, streamHeaders } from './client-headers.js';
import type { GroupEnding } from './group-ending.js';
import { HitAccounting } from './hit-accounting.js';
import { hasLeft, type PlannedCall, type ReservedCall } from '../planning/relay-call.js';

const DELIVERED: GroupEnding = { kind: 'delivered' };
const KEY_HEADER = 'x-litellm-cache-key';
const FREE = { costPico: 0n, usage: null, basis: null };

/** A cached response, and the deployment that gave it. */
interface Hit {
  readonly response: CachedResponse;
  readonly deployment: DeploymentSettings;
}

/**
 * Serves calls from the cache of responses, and keeps responses for later calls. It is asked when nothing refuses the call any
 * more: permissions, budgets and limits are evaluated for a hit as for every call.
 */
@Injectable()
export class CachedResponsesService {
  /** @param accounting records hits, at cost 0 */
  constructor(
    private readonly store: ResponseStoreService,
    private readonly accounting: HitAccounting,
    private readonly clock: Clock,
  ) {}

  /**
   * Serves a call from the cache. A buffered response is returned and not yet sent.
   * @returns `null` where an upstream has to serve it
   * @throws GatehouseError `spend_journal_unavailable`, `shutting_down`
   */
  serve(call: ReservedCall): Promise<GroupEnding | null> | null {
    return call.cacheUse === null ? null : this.look(call, call.cacheUse);
  }

  /**
   * Keeps the response of a call that has ended, if it is whole and successful, also where its client has left it.
   * @returns what ends when it is in the store, and never rejects; `null` where it is not kept
   */
  keep({ progress, endpoint, client }: PlannedCall): Promise<void> | null {
    const { slot, lastAttempt } = progress;
    if (slot === null) return null;
    client.record(null);
    if (lastAttempt?.succeeded !== true || lastAttempt.outputLimit !== null) return null;
    const recorded = slot.recording.whole;
    if (recorded === null || !isWhole(recorded, endpoint.responseFormat)) return null;
    const { id: deploymentId, upstreamModel } = lastAttempt.deployment;
    return this.store.add(slot.key, {
      status: recorded.status,
      contentType: recorded.contentType,
      body: recorded.body.toString('utf8'),
      deploymentId,
      upstreamModel,
      storedMs: this.clock.nowMs(),
      ttlMs: slot.ttlSeconds * 1_000,
    });
  }

  private async look(
    call: ReservedCall,
    { settings, terms }: CacheUse,
  ): Promise<GroupEnding | null> {
    const key = cacheKeyOf(call, settings.scope, terms.namespace);
    call.client.setHeader(KEY_HEADER, key);
    const response = terms.mayRead ? await this.store.get(key) : null;
    if (hasLeft(call)) return DELIVERED;
    const hit = response === null ? null : this.usable(response, call, terms);
    if (hit !== null) return this.deliver(hit, call);
    if (terms.mayStore) {
      const recording = new ResponseRecording(settings.maxEntryBytes);
      call.progress.slot = { key, ttlSeconds: terms.ttlSeconds, recording };
      call.client.record(recording);
    }
    return null;
  }

  /** A response counts only while its deployment may serve the call: region, tags and configuration may have changed. */
  private usable(response: CachedResponse, call: ReservedCall, terms: CacheTerms): Hit | null {
    const isYoung =
      terms.maxAgeSeconds === null || this.ageOf(response) <= terms.maxAgeSeconds * 1_000;
    const deployment = call.group.deployments.find(
      ({ id, upstreamModel }) =>
        id === response.deploymentId && upstreamModel === response.upstreamModel,
    );
    return isYoung && deployment !== undefined ? { response, deployment } : null;
  }

  private async deliver({ response, deployment }: Hit, call: ReservedCall): Promise<GroupEnding> {
    const committed = call.access.admission.commit();
    if (committed instanceof Promise) await committed;
    await this.accounting.book(call, deployment);
    if (hasLeft(call)) return DELIVERED;
    const { client } = call;
    client.setHeader('x-litellm-cache-hit', 'True');
    client.setHeader('age', String(Math.floor(this.ageOf(response) / 1_000)));
    const { status, contentType } = response;
    const head = { status, headers: { 'content-type': contentType } };
    const answered = { ...call, deployment, outputLimit: null, visit: null };
    const body = Buffer.from(response.body);
    if (!isEventStream(head.headers)) {
      const headers = plainHeaders(head, answered, FREE);
      return { kind: 'answered', answer: { status, head, headers, body } };
    }
    client.open(status, streamHeaders(head, answered), null);
    client.end([body]);
    return DELIVERED;
  }

  /** In milliseconds. Clocks of replicas differ. */
  private ageOf({ storedMs }: CachedResponse): number {
    return Math.max(0, this.clock.nowMs() - storedMs);
  }
}
