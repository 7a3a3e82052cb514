import { Module } from '@nestjs/common';
import { UpstreamObjectEntity } from './upstream-object.entity.js';
import { EndedObjectsService } from './ended-objects.service.js';
import { PendingObjectsService } from './pending-objects.service.js';
import { RequestClaimEntity } from './request-claim.entity.js';
import { RequestClaimsService } from './request-claims.service.js';
import { UpstreamObjectsService } from './upstream-objects.service.js';

/** Provides {@link UpstreamObjectsService} and {@link RequestClaimsService}. */
@Module({
  providers: [
    UpstreamObjectsService,
    PendingObjectsService,
    EndedObjectsService,
    RequestClaimsService,
  ],
  exports: [UpstreamObjectsService, PendingObjectsService, RequestClaimsService],
})
export class ObjectsModule {}

/** The module and the tables of this library, for the composition root. */
export const OBJECTS_LIBRARY = {
  module: ObjectsModule,
  entities: [UpstreamObjectEntity, RequestClaimEntity],
};
