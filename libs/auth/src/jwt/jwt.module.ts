import { Module } from '@nestjs/common';
import { IdentityProviderModule } from '../provider/identity-provider.module.js';
import { IssuerRegistry } from './issuer-registry.js';
import { JwtVerifier } from './jwt-verifier.js';
import { KeyAddressCheck } from './key-address-check.service.js';
import { KeySetLoader } from './key-set-loader.js';
import { KeySetManager } from './key-set-manager.js';
import { KeySetStore } from './key-set-store.js';

/** Verifies signed tokens with the keys of their issuers. Fetches no key before one is needed or `KeySetManager.keepFresh()` is called. */
@Module({
  imports: [IdentityProviderModule],
  providers: [
    IssuerRegistry,
    KeySetLoader,
    KeySetStore,
    KeySetManager,
    JwtVerifier,
    KeyAddressCheck,
  ],
  exports: [IssuerRegistry, KeySetManager, JwtVerifier, KeyAddressCheck],
})
export class JwtModule {}
