import { SetMetadata, type CustomDecorator } from '@nestjs/common';

/** Metadata key that marks a handler as needing no credential. */
export const PUBLIC_METADATA = 'gatehouse:public';

/** Marks a controller or handler as open to anybody: no credential is read, no decision is made. */
export const Public = (): CustomDecorator => SetMetadata(PUBLIC_METADATA, true);
