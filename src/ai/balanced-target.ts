import { Anything, Integer, Text } from '../entities/field.js';
import { TargetConfig } from './target-config.js';

/**
 * A model as configurations name it that could hold several. Plugins that call one model take the same record, and its weight
 * and description have no effect there (Kong: kong/llm/schemas).
 */
export class BalancedTarget extends TargetConfig {
  /** Its share of the requests relative to the others; for `priority`, its group. */
  @Integer({ between: [1, 65535] }) weight = 100;
  /** semantic: what it is good at. `CATCHALL`: it takes what fits nowhere. */
  @Text() description?: string;
  /** For whoever reads the configuration; of no effect. */
  @Anything() metadata?: unknown;
}
