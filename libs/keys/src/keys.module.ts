import { Module } from '@nestjs/common';
import { AuditModule } from '#libs/audit';
import { SpendModule } from '#libs/spend';
import { KeyAdministration } from './key-administration.service.js';
import { KeyListing } from './key-listing.service.js';
import { KeyMappingsController } from './key-mappings.controller.js';
import { KeyMappingsService } from './key-mappings.service.js';
import { KeyPresentation } from './key-presentation.service.js';
import { KeyRegistrationService } from './key-registration.service.js';
import { KeyViews } from './key-views.service.js';
import { KeysController } from './keys.controller.js';
import { KeysService } from './keys.service.js';

/** Virtual keys and the mappings of tokens to them, with their endpoints. */
@Module({
  imports: [AuditModule, SpendModule],
  controllers: [KeysController, KeyMappingsController],
  providers: [
    KeyAdministration,
    KeyListing,
    KeyMappingsService,
    KeyPresentation,
    KeyRegistrationService,
    KeysService,
    KeyViews,
  ],
  exports: [KeyListing, KeyMappingsService, KeyPresentation, KeyRegistrationService, KeysService],
})
export class KeysModule {}
