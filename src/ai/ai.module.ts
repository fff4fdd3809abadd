import { fileURLToPath } from 'node:url';
import { type DynamicModule, Module } from '@nestjs/common';
import { classesIn } from '../extension-folder.js';
import { AiRegistry } from './ai-registry.js';
import { Format, type FormatDeclaration, type LlmFormat } from './formats/format.js';
import { type LlmProvider, Provider } from './providers/provider.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/**
 * Each `*.format.ts` in `formats/` that declares a class with `@Format` is a format, each `*.provider.ts` in `providers/` with
 * `@Provider` a provider; nothing else lists them.
 */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the form Nest gives a dynamic module.
export class AiModule {
  /** `extraFolders`: where further formats and providers are looked for. */
  static async register(extraFolders: readonly string[] = []): Promise<DynamicModule> {
    const folders = [HERE, ...extraFolders];
    const formats = await classesIn(folders, 'format', Format.KEY);
    const providers = await classesIn(folders, 'provider', Provider.KEY);
    const formatDeclarations = formats.map((format) => Reflect.getMetadata(Format.KEY, format) as FormatDeclaration);
    const providerNames = providers.map(
      (provider) => (Reflect.getMetadata(Provider.KEY, provider) as { name: string }).name,
    );
    return {
      module: AiModule,
      providers: [
        ...formats,
        ...providers,
        {
          provide: AiRegistry,
          inject: [...formats, ...providers],
          useFactory: (...instances: (LlmFormat | LlmProvider)[]) =>
            new AiRegistry(
              formatDeclarations.map((declaration, index) => [declaration, instances[index] as LlmFormat]),
              providerNames.map((name, index) => [name, instances[formats.length + index] as LlmProvider]),
            ),
        },
      ],
      exports: [AiRegistry],
    };
  }
}
