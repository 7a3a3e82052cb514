import type { Provider } from '@nestjs/common';
import { CustomValidationService } from '../claims/custom-validation.service.js';
import { GroupDirectory } from '../claims/group-directory.js';
import { GroupOverageService } from '../claims/group-overage.service.js';
import { PrincipalFactory } from './principal.factory.js';

/** Everything that makes principals of proven claims, for the module's `providers`. */
export const CLAIMS_PROVIDERS: Provider[] = [
  CustomValidationService,
  GroupDirectory,
  GroupOverageService,
  PrincipalFactory,
];
