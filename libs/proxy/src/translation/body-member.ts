import type { JSONObject } from '@ai-sdk/provider';
import { GatehouseError, isJsonObject, memberOf } from '#libs/common';

/** A value in the body of a request, together with its path, which refusals name. */
export class BodyMember {
  /**
   * @param value as it was parsed; `undefined` where the body has no such member
   * @param path for example `messages[2].content[0].image_url.url`; empty for the body itself
   */
  constructor(
    readonly value: unknown,
    readonly path = '',
  ) {}

  /** False for a member that is absent or null. */
  get isGiven(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  /** Returns a member of this object; one that is not given where this is not an object. */
  at(name: string): BodyMember {
    return new BodyMember(
      memberOf(this.value, name),
      this.path === '' ? name : `${this.path}.${name}`,
    );
  }

  /** Returns what a reader makes of this member; `undefined` where it is not given. */
  optional<T>(read: (member: BodyMember) => T): T | undefined {
    return this.isGiven ? read(this) : undefined;
  }

  /** Returns the items of an array. */
  items(): BodyMember[] {
    if (!Array.isArray(this.value)) throw this.fault('must be an array');
    return this.value.map((item: unknown, index) => new BodyMember(item, `${this.path}[${index}]`));
  }

  /** Returns a string. */
  text(): string {
    if (typeof this.value !== 'string') throw this.fault('must be a string');
    return this.value;
  }

  /** Returns a string that has characters. */
  filledText(): string {
    if (this.text() === '') throw this.fault('must not be empty');
    return this.text();
  }

  /** Returns one of several strings. */
  oneOf<T extends string>(allowed: readonly T[]): T {
    const found = allowed.find((one) => one === this.value);
    if (found === undefined) throw this.fault(`must be one of ${allowed.join(', ')}`);
    return found;
  }

  /** Returns a finite number. */
  number(): number {
    if (typeof this.value !== 'number' || !Number.isFinite(this.value))
      throw this.fault('must be a number');
    return this.value;
  }

  /** Returns an integer that a `number` holds exactly. */
  integer(): number {
    if (!Number.isSafeInteger(this.value)) throw this.fault('must be an integer');
    return this.number();
  }

  /** Returns a boolean. */
  boolean(): boolean {
    if (typeof this.value !== 'boolean') throw this.fault('must be true or false');
    return this.value;
  }

  /** Returns an object. */
  object(): JSONObject {
    if (!isJsonObject(this.value)) throw this.fault('must be an object');
    // A parsed body has JSON values alone.
    return this.value as JSONObject;
  }

  /** Returns the refusal of this member. */
  fault(reason: string): GatehouseError {
    const subject = this.path === '' ? 'The body' : `"${this.path}"`;
    return new GatehouseError('request_invalid', {
      message: `${subject} ${reason}.`,
      ...(this.path === '' ? {} : { param: this.path }),
    });
  }
}

/** Returns the members of an object that have a value. */
export function given<T extends object>(
  members: T,
): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]?: Exclude<T[Name], undefined>;
  };
}
