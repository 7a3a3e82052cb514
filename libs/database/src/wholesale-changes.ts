import { ChangeFeed, type ChangeListener, type ChangeTopic } from './change-feed.js';

/**
 * A feed in which every change is about everything of its topic. For what is remembered by something else than the id
 * of a row, such as a display name: any change may alter any answer, so any change forgets all of them.
 */
export class CoarseChangeFeed extends ChangeFeed {
  /** @param feed whose changes are passed on */
  constructor(private readonly feed: ChangeFeed) {
    super();
  }

  override subscribe(topic: ChangeTopic, listener: ChangeListener): () => void {
    return this.feed.subscribe(topic, () => {
      listener(null);
    });
  }
}
