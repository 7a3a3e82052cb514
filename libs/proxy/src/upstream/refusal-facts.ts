import { isJsonObject } from '#libs/common';
/** The members of an error that tell why a request was refused. */
export interface RefusalFacts {
  /** `code`, `type` and `status` of the error, its inner error and its metadata, and AWS's `__type`. */
  readonly codes: readonly unknown[];
  /** `error.message`, else `error` or `message` where that is the text. */
  readonly message: string;
  /** `error.metadata.reasons`. */
  readonly reasons: unknown;
  /** `error.details[].reason` (google.rpc.ErrorInfo). */
  readonly details: readonly unknown[];
}

type Members = Readonly<Record<string, unknown>>;

/**
 * Reads the error in the body of a refusal. Google wraps it into a list.
 * @param body decoded bytes of the response
 * @returns `null` when it is not JSON with an object
 */
export function refusalFactsOf(body: Buffer): RefusalFacts | null {
  const whole = parsed(body);
  if (whole === null) return null;
  const error = membersOf(whole['error']);
  const metadata = membersOf(error['metadata']);
  const texts = [error['message'], whole['error'], whole['message']];
  return {
    codes: [
      ...[error['code'], error['type'], error['status']],
      ...[membersOf(error['innererror'])['code'], metadata['error_type']],
      ...[whole['code'], whole['type'], whole['__type']],
    ],
    message: texts.find((text) => typeof text === 'string') ?? '',
    reasons: metadata['reasons'],
    details: listOf(error['details']).map((detail) => membersOf(detail)['reason']),
  };
}

function parsed(body: Buffer): Members | null {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    const whole = Array.isArray(value) ? (value as readonly unknown[])[0] : value;
    return isJsonObject(whole) ? whole : null;
  } catch {
    return null;
  }
}

function membersOf(value: unknown): Members {
  return isJsonObject(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
