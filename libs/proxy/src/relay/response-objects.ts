import { Logger } from '@nestjs/common';
import type { MadeObject, UpstreamObjectsService } from '#libs/objects';
import { isLastResponseEvent, responseBytesOf } from '../streaming/responses-format.js';
import type { BackgroundRun } from './background-run.js';
import type { EnteredCall } from '../planning/relay-call.js';
import type { ResponseSettlementsService } from '../settlement/response-settlements.service.js';

/** What is done with responses that run behind their calls. */
interface BackgroundUse {
  /** The one that the call has asked for; `null` for none. */
  readonly run: BackgroundRun | null;
  /** Books those that a call shows at their end. */
  readonly settlements: Pick<ResponseSettlementsService, 'noticed'>;
}

/** Kinds of items, whose responses may have many. */
const ITEMS: ReadonlySet<MadeObject['kind']> = new Set(['item', 'unkept_item']);

const logger = new Logger('UpstreamObjects');

/** Binds the objects that the response of an attempt hands out, before the client learns their ids. */
export class ResponseObjects {
  private readonly known = new Set<string>();
  private readonly isKept: boolean;
  private readonly isRead: boolean;
  /** Items of a response, which are bound together. */
  private items: MadeObject[] = [];
  private latest: Promise<void> | null = null;

  /** @param objects where they are bound */
  constructor(
    private readonly call: EnteredCall,
    private readonly objects: Pick<UpstreamObjectsService, 'bind' | 'bindBeside' | 'markDeleted'>,
    private readonly background: BackgroundUse,
  ) {
    const { made } = call.endpoint.objects ?? {};
    this.isKept = made?.isKept(call.request) ?? false;
    this.isRead = this.isKept || made?.handsOut?.(call.request) === true;
  }

  /** What must resolve before the bytes go on that were read until now; `null` for nothing. Never rejects. */
  get pending(): Promise<void> | null {
    return this.latest;
  }

  /** Looks at an event of a stream. */
  noteEvent(event: string): void {
    const { objects, background } = this.call.endpoint;
    if (background === 'shows' && isLastResponseEvent(event))
      this.hold(() => this.notice(responseBytesOf(event)));
    const { made } = objects ?? {};
    if (!this.isRead || made?.ofEvent === undefined) return;
    const fresh = made.ofEvent(event, this.isKept).filter((one) => this.isNew(one));
    const now = fresh.filter(({ kind }) => !ITEMS.has(kind));
    if (now.length > 0) this.hold(() => this.bind(now));
    this.items.push(...fresh.filter(({ kind }) => ITEMS.has(kind)));
    if (this.items.length > 0 && isLastResponseEvent(event)) this.noteEnd();
  }

  /** Binds the items that were seen until the end of a stream: of one that broke off, too, its client may send back what it has got. */
  noteEnd(): void {
    const { items } = this;
    this.items = [];
    if (items.length > 0) this.hold(() => this.bind(items));
  }

  /** Lets nothing more go on before some work is done. */
  private hold(work: () => Promise<void>): void {
    const holding = (this.latest ?? Promise.resolve()).then(work).finally(() => {
      if (this.latest === holding) this.latest = null;
    });
    this.latest = holding;
  }

  /** Its client learns of the end of a response when that is booked. */
  private async notice(response: Buffer | null): Promise<void> {
    const { inPath } = this.call.objects;
    if (inPath !== null && response !== null)
      await this.background.settlements.noticed(inPath, response);
  }

  /** Binds what a successful response hands out, and notes what it has removed. Never rejects. */
  async noteBody(body: Buffer): Promise<void> {
    const { objects: use, background } = this.call.endpoint;
    if (background === 'shows') await this.notice(body);
    if (use === undefined) return;
    if (use.removes === true) await this.remove();
    if (this.isRead && use.made !== undefined) await this.bind(use.made.ofBody(body, this.isKept));
  }

  private isNew({ kind, id }: MadeObject): boolean {
    const name = `${kind} ${id}`;
    if (this.known.has(name)) return false;
    this.known.add(name);
    return true;
  }

  /** Without the database the call is served all the same; its caller cannot use what it has made. */
  private async bind(made: readonly MadeObject[]): Promise<void> {
    if (made.length === 0) return;
    const { access, deployment, group } = this.call;
    const { attribution } = access;
    const { inPath } = this.call.objects;
    const origin = { attribution, deploymentId: deployment.id, modelGroup: group.name };
    try {
      await (inPath === null
        ? this.objects.bind(made, origin)
        : this.objects.bindBeside(inPath, made));
      await this.background.run?.begin(made);
    } catch (error) {
      logger.warn(`what ${deployment.id} has made cannot be used by its caller: ${String(error)}`);
    }
  }

  private async remove(): Promise<void> {
    const { inPath } = this.call.objects;
    if (inPath === null) return;
    try {
      await this.objects.markDeleted(inPath);
    } catch (error) {
      logger.warn(`a deleted ${inPath.kind} is not noted as deleted: ${String(error)}`);
    }
  }
}
