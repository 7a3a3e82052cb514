import { Logger, type OnModuleDestroy } from '@nestjs/common';
import { formatUsd, parseUsd, Turns, within, type Clock, type PicoUsd } from '#libs/common';
import type { DeploymentSettings, SettingsStore } from '#libs/config';
import type {
  ObjectKind,
  PendingObject,
  PendingObjectsService,
  UpstreamObject,
} from '#libs/objects';
import type { CallRef, CostReservation, DeploymentPass, SpendRecorder } from '#libs/spend';
import { keeperOf } from '../routing/file-upstreams.js';
import { shownObject } from '../endpoints/ids/kept-object-format.js';
import type { UpstreamFilesService } from './upstream-files.service.js';

/** What of an object is needed to book it when it has ended. */
export interface PendingWork {
  readonly requestId: string;
  readonly attempt: number;
  /** ISO 8601. */
  readonly startedAt: string;
  /** US dollars that were booked; left out while it runs. */
  readonly costUsd?: string;
}

/** What this process holds for an object. */
export interface WorkHold {
  readonly cost: CostReservation;
  readonly pass: DeploymentPass;
}

/** An object as its upstream shows it. */
export type Shown = Readonly<Record<string, unknown>>;

/** What settlements stand on. */
interface SettlementParts {
  readonly objects: PendingObjectsService;
  readonly files: UpstreamFilesService;
  readonly recorder: SpendRecorder;
  readonly settings: SettingsStore;
  readonly clock: Clock;
}

/** How the objects of one kind are followed. */
interface FollowedKind {
  readonly kind: ObjectKind;
  /** Where the upstream shows them. */
  readonly route: string;
  /** How often the upstream is asked about one of them. */
  readonly pollMs: number;
  /** One with such a `status` changes no more. */
  readonly ended: ReadonlySet<unknown>;
}

/** An object that has ended, for its entry. */
export interface EndedWork<P extends PendingWork> {
  readonly object: UpstreamObject;
  readonly pending: P;
  readonly deployment: DeploymentSettings;
  readonly ref: CallRef;
}

const LAST_RUN_LIMIT_MS = 1_000;

/**
 * Books what upstreams work on behind calls when it has ended: once each, also when several notice the end. The entry is that
 * of the start, whose end is recorded once however often it is found; what the process of the start holds is freed
 * when that process learns of it.
 */
export abstract class ObjectSettlements<P extends PendingWork> implements OnModuleDestroy {
  protected readonly logger = new Logger('UpstreamObjects');
  private readonly held = new Map<string, WorkHold>();
  private readonly runs = new Turns();

  protected constructor(
    protected readonly parts: SettlementParts,
    private readonly followed: FollowedKind,
  ) {}

  /**
   * Books an object that has ended.
   * @param shown as its upstream shows it; `null` when the upstream does not have it any more
   * @returns its cost; `null` where it is to be tried again later
   */
  protected abstract book(work: EndedWork<P>, shown: Shown | null): Promise<PicoUsd | null>;

  /** Waits a second for a run that is under way. */
  async onModuleDestroy(): Promise<void> {
    await within(LAST_RUN_LIMIT_MS, this.runs.idle);
  }

  /**
   * Remembers in the database an object that has started.
   * @throws Error when it could not be; nothing is remembered then
   */
  begin(object: UpstreamObject, pending: P): Promise<void> {
    return this.parts.objects.begin(object, pending, this.nextPoll());
  }

  /**
   * Books everything that was recorded, so that every process finds the entry of an object.
   * @throws GatehouseError `database_unavailable`
   */
  flush(): Promise<void> {
    return this.parts.recorder.flush();
  }

  /** Keeps what is held for an object until it is booked. */
  hold(object: UpstreamObject, hold: WorkHold): void {
    this.held.set(keyOf(object), hold);
  }

  /**
   * Books an object of which an upstream has just shown that it has ended. Never rejects.
   * @param received as the upstream shows it, or the body of that
   */
  async noticed(object: UpstreamObject, received: Buffer | Shown): Promise<void> {
    await this.withPending(object, async (pending) => {
      const shown = Buffer.isBuffer(received) ? shownObject(received) : received;
      if (shown !== null && this.hasEnded(shown)) await this.settle(pending, shown);
    });
  }

  /** Asks about an object that is about to be removed, because its usage cannot be read behind that. Never rejects. */
  async check(object: UpstreamObject): Promise<void> {
    await this.withPending(object, (pending) => this.poll(pending));
  }

  /** Notes that an object was booked by the call that has started it. Never rejects: a poll finds it else. */
  async booked(object: UpstreamObject, pending: P, costPico: PicoUsd): Promise<void> {
    try {
      await this.parts.objects.settled(object, { ...pending, costUsd: formatUsd(costPico) });
    } catch (error) {
      this.logger.warn(`${nameOf(object)} is asked about although it is booked: ${String(error)}`);
    }
  }

  /** Asks about what is due, and frees what is held for what another process has booked. One run at a time. */
  protected async follow(): Promise<void> {
    await this.runs.take(() => this.runOnce());
  }

  private async withPending(
    object: UpstreamObject,
    use: (pending: PendingObject) => Promise<void>,
  ): Promise<void> {
    try {
      const [found] = await this.parts.objects.pending(this.followed.kind, [object]);
      if (found !== undefined) await use(found);
    } catch (error) {
      this.logger.warn(`${nameOf(object)} is booked later: ${String(error)}`);
    }
  }

  private async runOnce(): Promise<void> {
    const { kind } = this.followed;
    try {
      const now = this.parts.clock.now();
      for (const due of await this.parts.objects.claimDue(kind, now, this.nextPoll()))
        await this.poll(due);
      await this.freeBooked();
    } catch (error) {
      this.logger.warn(`what runs at upstreams (${kind}) has to wait: ${String(error)}`);
    }
  }

  private nextPoll(): Date {
    return new Date(this.parts.clock.nowMs() + this.followed.pollMs);
  }

  private hasEnded(shown: Shown): boolean {
    return this.followed.ended.has(shown['status']);
  }

  private async poll(object: PendingObject): Promise<void> {
    const deployment = keeperOf(object, this.parts.settings.current);
    if (deployment === null) {
      this.logger.warn(`${object.deploymentId} of ${nameOf(object)} is not configured any more`);
      return;
    }
    const path = `${this.followed.route}/${encodeURIComponent(object.upstreamId)}`;
    const asked = await this.parts.files.ask(deployment, path);
    if (asked.kind === 'failed')
      this.logger.warn(`${nameOf(object)} could not be asked about: ${asked.reason}`);
    else if (asked.kind === 'gone') await this.settle(object, null);
    else if (this.hasEnded(asked.shown)) await this.settle(object, asked.shown);
  }

  private async settle(object: PendingObject, shown: Shown | null): Promise<void> {
    const pending = object.pending as P;
    if (pending.costUsd !== undefined) {
      this.free(object, parseUsd(pending.costUsd));
      return;
    }
    const deployment = keeperOf(object, this.parts.settings.current);
    if (deployment === null) return;
    const { requestId, attempt, startedAt } = pending;
    const ref = { requestId, attempt, startedAt: new Date(startedAt) };
    const costPico = await this.book({ object, pending, deployment, ref }, shown);
    if (costPico === null) return;
    await this.parts.recorder.flush();
    await this.parts.objects.settled(object, { ...pending, costUsd: formatUsd(costPico) });
    this.free(object, costPico);
  }

  /** Of objects that this process holds and another one has booked. */
  private async freeBooked(): Promise<void> {
    if (this.held.size === 0) return;
    const own = [...this.held.keys()].map(objectOf);
    for (const object of await this.parts.objects.pending(this.followed.kind, own)) {
      const { costUsd } = object.pending as P;
      if (costUsd !== undefined) this.free(object, parseUsd(costUsd));
    }
  }

  private free(object: UpstreamObject, costPico: PicoUsd): void {
    const hold = this.held.get(keyOf(object));
    this.held.delete(keyOf(object));
    if (hold !== undefined) releaseHold(hold, costPico);
  }
}

/** Lets the cost take the place of what was held. */
export function releaseHold({ cost, pass }: WorkHold, costPico: PicoUsd): void {
  pass.release({ tokens: 0, costPico });
  cost.book(costPico, null);
  cost.release();
}

function nameOf({ kind, upstreamId }: UpstreamObject): string {
  return `${kind} ${upstreamId}`;
}

function keyOf({ upstreamId, deploymentId }: UpstreamObject): string {
  return JSON.stringify([upstreamId, deploymentId]);
}

function objectOf(key: string): Pick<UpstreamObject, 'upstreamId' | 'deploymentId'> {
  const [upstreamId = '', deploymentId = ''] = JSON.parse(key) as string[];
  return { upstreamId, deploymentId };
}
