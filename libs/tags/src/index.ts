/*
 * tags: names that requests bear, which may limit them: rows, snapshots that decisions read, audited changes, endpoints.
 * Entry points: TagsService, TagsModule, TAGS_LIBRARY (controllers of /tag).
 * The tags of a request come from requestTagsOf of libs/access alone. A tag without a row limits nothing.
 * Must never import: orgs, users, teams, keys, end-users, admin, auth, proxy, apps.
 */
export * from './tag.entity.js';
export * from './tags.module.js';
export * from './tags.service.js';
