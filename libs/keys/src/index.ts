/*
 * keys: virtual keys and which tokens run as which of them: rows, snapshots, audited changes, endpoints, wire shapes.
 * Entry points: KeysModule, KeysService, KeyMappingsService, KeyRegistrationService, KeyListing, KEYS_LIBRARY.
 * A key is known by its SHA-256 alone; the clear text leaves in the one answer that made it and is kept nowhere.
 * Who may use a key, and for what, is decided in auth; keys go with their owners in admin.
 * Must never import: orgs, users, teams, end-users, admin, auth, proxy, apps.
 */
export * from './dto/key.response.js';
export * from './key-listing.service.js';
export * from './entities/key-mapping.entity.js';
export * from './key-mappings.service.js';
export { visibleKeys } from './key-permissions.js';
export * from './key-presentation.service.js';
export * from './entities/key-record.js';
export * from './key-registration.service.js';
export { bookedKeyId, isKeyText, KEY_PREFIX, keyIdOf, newKeyText } from './entities/key-text.js';
export * from './keys.module.js';
export * from './keys.service.js';
export * from './entities/virtual-key.entity.js';
