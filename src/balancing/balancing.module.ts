import { fileURLToPath } from 'node:url';
import { type DynamicModule, Module } from '@nestjs/common';
import { classesIn } from '../extension-folder.js';
import { Algorithm, type BalancingAlgorithm } from './algorithm.js';
import { Balancers } from './balancer.js';

const ALGORITHMS = fileURLToPath(new URL('./algorithms', import.meta.url));

/** Each folder in `algorithms/` whose `*.algorithm.ts` declares a class with `@Algorithm` is one; nothing else lists them. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the form Nest gives a dynamic module.
export class BalancingModule {
  /** `extraFolders`: where further algorithms are looked for. */
  static async register(extraFolders: readonly string[] = []): Promise<DynamicModule> {
    const classes = await classesIn([ALGORITHMS, ...extraFolders], 'algorithm', Algorithm.KEY);
    const names = classes.map((algorithm) => (Reflect.getMetadata(Algorithm.KEY, algorithm) as { name: string }).name);
    return {
      module: BalancingModule,
      providers: [
        ...classes,
        {
          provide: Balancers,
          inject: classes,
          useFactory: (...algorithms: BalancingAlgorithm[]) =>
            new Balancers(algorithms.map((algorithm, index) => [names[index] as string, algorithm])),
        },
      ],
      exports: [Balancers],
    };
  }
}
