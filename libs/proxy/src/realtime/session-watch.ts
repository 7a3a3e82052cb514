import type { WebSocket } from 'ws';

/** Longest delay that a timer of Node can hold; a longer one would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;
const HEARTBEAT_MS = 30_000;
/** Without any message in either direction. */
const IDLE_MS = 900_000;

/** Watches the time of a session. */
export class SessionWatch {
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly alive = new Map<WebSocket, boolean>();
  private lastFrameMs = performance.now();

  /** Calls back after a time; not at all where it is longer than a timer can be. */
  after(milliseconds: number, listener: () => void): void {
    if (milliseconds <= MAX_TIMER_MS) this.timers.push(setTimeout(listener, milliseconds));
  }

  /**
   * Asks both sides every 30 seconds whether they are there, cuts one that has not answered, and calls back when neither has said
   * anything for 15 minutes.
   */
  keep(sides: readonly WebSocket[], onIdle: () => void): void {
    for (const side of sides) {
      this.alive.set(side, true);
      side.on('pong', () => this.alive.set(side, true));
    }
    const beat = (): void => {
      if (performance.now() - this.lastFrameMs > IDLE_MS) onIdle();
      for (const side of sides) this.ask(side);
    };
    this.timers.push(setInterval(beat, HEARTBEAT_MS));
  }

  /** Notes a message. */
  noteFrame(): void {
    this.lastFrameMs = performance.now();
  }

  /** Ends the watch. */
  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  private ask(side: WebSocket): void {
    // A side that is not read because the other one is slow cannot be heard.
    if (side.isPaused) return;
    if (this.alive.get(side) === false) side.terminate();
    this.alive.set(side, false);
    if (side.readyState === side.OPEN) side.ping();
  }
}
