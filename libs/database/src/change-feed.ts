import { Logger } from '@nestjs/common';

/** Topics of changes. A membership's id is the caller's choice, the same for writer and reader. */
export const CHANGE_TOPICS = [
  'organization',
  'organization_membership',
  'team',
  'user',
  'membership',
  'end_user',
  'key',
  'key_mapping',
  'budget',
  'tag',
  'revocation',
  'budget_lease',
] as const;

/** One of {@link CHANGE_TOPICS}. */
export type ChangeTopic = (typeof CHANGE_TOPICS)[number];

/** Called with the id that changed, or with `null` when everything of the topic has to be dropped. */
export type ChangeListener = (id: string | null) => void;

/**
 * Reports rows that this process or another replica changed.
 *
 * A change of this process is reported before its `Database.write` resolves; one of another replica
 * within a second. After a time without connection everything is dropped, because changes may have
 * been missed. Listeners are called synchronously and should only drop what they hold.
 */
export abstract class ChangeFeed {
  /**
   * Registers a listener.
   * @param listener called once for every change of the topic
   * @returns a function that ends the subscription
   */
  abstract subscribe(topic: ChangeTopic, listener: ChangeListener): () => void;
}

/** The subscriptions of this process, and the one place where changes are handed to them. */
export class LocalChangeFeed extends ChangeFeed {
  private readonly logger = new Logger('ChangeFeed');
  private readonly listeners = new Map<ChangeTopic, Set<ChangeListener>>();

  override subscribe(topic: ChangeTopic, listener: ChangeListener): () => void {
    const listeners = this.listeners.get(topic) ?? new Set();
    this.listeners.set(topic, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  /**
   * Calls every listener of a topic. One that throws is logged and keeps no other from being called.
   * @param id which one, or `null` for all of them
   */
  deliver(topic: ChangeTopic, id: string | null): void {
    for (const listener of [...(this.listeners.get(topic) ?? [])]) {
      try {
        listener(id);
      } catch (error) {
        this.logger.error(`a listener of ${topic} failed: ${String(error)}`);
      }
    }
  }

  /** Makes everybody drop everything. */
  deliverAll(): void {
    for (const topic of CHANGE_TOPICS) this.deliver(topic, null);
  }
}
