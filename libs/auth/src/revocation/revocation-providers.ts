import type { Provider } from '@nestjs/common';
import { BackchannelLogoutService } from './backchannel-logout.service.js';
import { RevocableCalls } from './revocable-calls.js';
import { LogoutTokenVerifier } from './logout-token-verifier.js';
import { RevocationsService } from './revocations.service.js';

/** What takes access back, besides the `RevocationList` that the pipeline itself asks. */
export const REVOCATION_PROVIDERS: Provider[] = [
  RevocationsService,
  LogoutTokenVerifier,
  BackchannelLogoutService,
  RevocableCalls,
];
