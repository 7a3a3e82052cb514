import { SpendEntryEntity } from './ledger/spend-entry.entity.js';
import { SpendTotalEntity } from './ledger/spend-total.entity.js';

/** Entities of this library, for the data source. */
export const SPEND_ENTITIES = [SpendEntryEntity, SpendTotalEntity];
