import { AuditModule } from '#libs/audit';
import { SpendModule } from '#libs/spend';
import { Module } from '@nestjs/common';
import { TagAdministration } from './tag-administration.service.js';
import { TagPresentation } from './tag-presentation.service.js';
import { TagEntity } from './tag.entity.js';
import { TagsController } from './tags.controller.js';
import { TagsService } from './tags.service.js';

/** Tags with their endpoints. */
@Module({
  imports: [AuditModule, SpendModule],
  controllers: [TagsController],
  providers: [TagsService, TagAdministration, TagPresentation],
  exports: [TagsService],
})
export class TagsModule {}

/** The module and the tables of this library, for the composition root. */
export const TAGS_LIBRARY = { module: TagsModule, entities: [TagEntity] };
