/*
 * objects: whose the objects are that upstreams keep (responses, files, batches), and which requests a caller has sent before.
 * Entry points: UpstreamObjectsService, mayUseObject, RequestClaimsService, ObjectsModule, OBJECTS_LIBRARY.
 * An id is bound in the database before a client sees it, and read from there whenever a request names it.
 * It calls no upstream; where an object is and what is asked of it is in proxy.
 * Must never import: any library but common, access, config and database.
 */
export * from './ended-objects.service.js';
export { mayUseObject, ownerOf, type ObjectOwner } from './object-access.js';
export * from './objects.module.js';
export * from './pending-objects.service.js';
export * from './request-claims.service.js';
export { type ObjectKind } from './upstream-object.entity.js';
export * from './upstream-objects.service.js';
