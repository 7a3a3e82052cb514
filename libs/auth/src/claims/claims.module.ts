import { Module } from '@nestjs/common';
import { IdentityProviderModule } from '../provider/identity-provider.module.js';
import { CustomValidationService } from './custom-validation.service.js';
import { GroupDirectory } from './group-directory.js';
import { GroupOverageService } from './group-overage.service.js';

/** Reads and checks the claims of a verified token, with the groups that a token only refers to. */
@Module({
  imports: [IdentityProviderModule],
  providers: [CustomValidationService, GroupDirectory, GroupOverageService],
  exports: [CustomValidationService, GroupOverageService],
})
export class ClaimsModule {}
