import { isGatehouseError, isJsonObject, scanJsonObject, type JsonObjectScan } from '#libs/common';

/** Members of a JSON object. */
export type Members = Readonly<Record<string, unknown>>;

const NO_MEMBERS: Members = {};

/** An event of the realtime API. Its members are parsed when they are asked for: most events are sound, which is not. */
export class RealtimeEvent {
  /** `null` where the event has none. */
  readonly type: string | null;

  constructor(private readonly scan: JsonObjectScan) {
    this.type = textIn(scan.value('type'));
  }

  /** The client's own id of the event; `null` for none. */
  get eventId(): string | null {
    return this.text('event_id');
  }

  /** Returns the bytes of a member; 0 where it is absent. */
  bytesOf(name: string): number {
    const { valueStart = 0, end = 0 } = this.scan.members.get(name) ?? {};
    return end - valueStart;
  }

  /** Returns a member that is a string; `null` where it is not. */
  text(name: string): string | null {
    return textIn(this.scan.value(name));
  }

  /** Returns a member that is an object; `null` where it is not. */
  objectOrNull(name: string): Members | null {
    const value = this.scan.value(name);
    return isJsonObject(value) ? value : null;
  }

  /** Returns a member that is an object; one without members where it is not. */
  object(name: string): Members {
    return membersIn(this.scan.value(name));
  }
}

/** Returns the event of a message; `null` for what is not one JSON object that every parser reads alike. */
export function readEvent(data: Buffer): RealtimeEvent | null {
  try {
    return new RealtimeEvent(scanJsonObject(data));
  } catch (error) {
    if (isGatehouseError(error)) return null;
    throw error;
  }
}

/** Returns the members of a value; none where it is not an object. */
export function membersIn(value: unknown): Members {
  return isJsonObject(value) ? value : NO_MEMBERS;
}

/** Returns a string; `null` for any other value. */
export function textIn(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
