import { Module } from '@nestjs/common';
import { Siblings } from './siblings.js';

/** The processes one gateway may consist of. */
@Module({ providers: [Siblings], exports: [Siblings] })
export class ProcessesModule {}
