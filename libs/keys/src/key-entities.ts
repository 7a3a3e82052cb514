import { KeyMappingEntity } from './key-mapping.entity.js';
import { VirtualKeyEntity } from './virtual-key.entity.js';

/** Entities of this library, for the data source. */
export const KEY_ENTITIES = [VirtualKeyEntity, KeyMappingEntity];
