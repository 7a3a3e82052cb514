/** Does one piece of work after the other, in the order in which they were asked for. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  /** Does work when everything asked for before has ended, however it ended. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(work, work);
    this.last = done.catch(() => undefined);
    return done;
  }

  /** Resolves when everything asked for until now has ended. Never rejects. */
  get idle(): Promise<unknown> {
    return this.last;
  }
}
