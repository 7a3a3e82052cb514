import { Logger } from '@nestjs/common';
import type { MadeObject, UpstreamObjectsService } from '#libs/objects';
import type { EnteredCall } from './relay-call.js';

const logger = new Logger('UpstreamObjects');

/** Binds the objects that the response of an attempt hands out, before the client learns their ids. */
export class ResponseObjects {
  private readonly known = new Set<string>();
  private readonly isKept: boolean;
  private latest: Promise<void> | null = null;

  /** @param objects where they are bound */
  constructor(
    private readonly call: EnteredCall,
    private readonly objects: Pick<UpstreamObjectsService, 'bind' | 'bindBeside' | 'markDeleted'>,
  ) {
    this.isKept = call.endpoint.objects?.made?.isKept(call.request) ?? false;
  }

  /** What must resolve before the bytes go on that were read until now; `null` for nothing. Never rejects. */
  get pending(): Promise<void> | null {
    return this.latest;
  }

  /** Looks at an event of a stream. */
  noteEvent(event: string): void {
    const { made } = this.call.endpoint.objects ?? {};
    if (!this.isKept || made?.ofEvent === undefined) return;
    const fresh = made.ofEvent(event).filter((one) => this.isNew(one));
    if (fresh.length === 0) return;
    const binding = (this.latest ?? Promise.resolve())
      .then(() => this.bind(fresh))
      .finally(() => {
        if (this.latest === binding) this.latest = null;
      });
    this.latest = binding;
  }

  /** Binds what a successful response hands out, and notes what it has removed. Never rejects. */
  async noteBody(body: Buffer): Promise<void> {
    const { objects: use } = this.call.endpoint;
    if (use === undefined) return;
    if (use.removes === true) await this.remove();
    if (this.isKept && use.made !== undefined) await this.bind(use.made.ofBody(body));
  }

  private isNew({ kind, id }: MadeObject): boolean {
    const name = `${kind} ${id}`;
    if (this.known.has(name)) return false;
    this.known.add(name);
    return true;
  }

  /** Without the database the call is served all the same; its caller cannot use what it has made. */
  private async bind(made: readonly MadeObject[]): Promise<void> {
    const { access, deployment, group } = this.call;
    const { attribution } = access;
    const { inPath } = this.call.objects;
    const origin = { attribution, deploymentId: deployment.id, modelGroup: group.name };
    try {
      await (inPath === null
        ? this.objects.bind(made, origin)
        : this.objects.bindBeside(inPath, made));
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
