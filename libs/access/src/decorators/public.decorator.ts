import { SetMetadata, type CustomDecorator } from '@nestjs/common';

/** Metadata key that marks a handler as needing no credential. */
export const PUBLIC_METADATA = 'gatehouse:public';

/** Marks a controller or handler as open: the guards read no credential and make no decision. */
export const Public = (): CustomDecorator => SetMetadata(PUBLIC_METADATA, true);
