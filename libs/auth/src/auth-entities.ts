import { DecisionEntity } from './explain/decision.entity.js';
import { RevocationEntity } from './revocation/revocation.entity.js';

/** Tables of this library, for the data source. */
export const AUTH_ENTITIES = [DecisionEntity, RevocationEntity];
