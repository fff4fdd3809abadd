import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { LlmCalls } from './llm-calls.js';
import { LlmExchanges } from './llm-exchanges.js';

/** LLM exchanges as plugins run them. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the form Nest gives a dynamic module.
export class ExchangeModule {
  /** `imports`: the rooms with the settings, the resolver, the balancers, and the formats and providers. */
  static register(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return { module: ExchangeModule, imports, providers: [LlmExchanges, LlmCalls], exports: [LlmExchanges, LlmCalls] };
  }
}
