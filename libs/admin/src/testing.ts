/* The door of this library for tests, as `#libs/admin/testing`; it is neither built nor shipped. */
export { OrganizationsController } from './organizations.controller.js';
export { TeamsController } from './teams.controller.js';
export { UsersController } from './users.controller.js';
