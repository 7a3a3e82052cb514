import { Module } from '@nestjs/common';
import { AuditModule } from '#libs/audit';
import { SpendModule } from '#libs/spend';
import { CallerKeys } from './caller-keys.service.js';
import { KeyAdministration } from './key-administration.service.js';
import { KeyListing } from './key-listing.service.js';
import { KeyMappingsController } from './key-mappings.controller.js';
import { KeyMappingsService } from './key-mappings.service.js';
import { KeyPresentation } from './key-presentation.service.js';
import { KeyRegistrationService } from './key-registration.service.js';
import { KeyRules } from './key-rules.service.js';
import { KeySpend } from './key-spend.service.js';
import { KeyQueries } from './key-queries.service.js';
import { KeysController } from './keys.controller.js';
import { KeysService } from './keys.service.js';
import { VirtualKeyEntity } from './entities/virtual-key.entity.js';
import { KeyMappingEntity } from './entities/key-mapping.entity.js';

/** Virtual keys and the mappings of tokens to them, with their endpoints. */
@Module({
  imports: [AuditModule, SpendModule],
  controllers: [KeysController, KeyMappingsController],
  providers: [
    CallerKeys,
    KeyAdministration,
    KeyListing,
    KeyMappingsService,
    KeyPresentation,
    KeyRegistrationService,
    KeyRules,
    KeySpend,
    KeysService,
    KeyQueries,
  ],
  exports: [KeyListing, KeyMappingsService, KeyPresentation, KeyRegistrationService, KeysService],
})
export class KeysModule {}

/** The module and the tables of this library, for the composition root. */
export const KEYS_LIBRARY = { module: KeysModule, entities: [VirtualKeyEntity, KeyMappingEntity] };
