import { SetMetadata, type CustomDecorator } from '@nestjs/common';

/** Metadata key of {@link RelaysBody}. */
export const RELAYS_BODY_METADATA = 'gatehouse:relays-body';

/**
 * What a relayed body may be: a JSON object; a form (`multipart/form-data`), whose text fields are its members; either of them, by its
 * content type; or any bytes, whose members are known where they are a JSON object.
 */
export type RelayedBody = 'json' | 'form' | 'form-or-json' | 'any';

/**
 * Marks a handler that forwards its body's bytes to an upstream: the body is scanned, not parsed,
 * and the tenancy guard leaves the planned writes to the handler, which commits them after the
 * budget hold. Handlers without it get the parsed body and the writes are committed by the guard.
 * @param body what the body may be
 */
export const RelaysBody = (body: RelayedBody = 'json'): CustomDecorator =>
  SetMetadata(RELAYS_BODY_METADATA, body);
