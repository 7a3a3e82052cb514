import { Module } from '@nestjs/common';
import { RevocationList } from './revocation-list.service.js';

/** The list of revocations of a running gateway, read from the database. */
@Module({ providers: [RevocationList], exports: [RevocationList] })
export class RevocationListModule {}
