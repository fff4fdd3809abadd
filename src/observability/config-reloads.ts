import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../config/config-store.js';

/** How often the configuration was replaced, and when last. */
@Injectable()
export class ConfigReloads {
  private count = 0;
  private lastAt: number | undefined;

  constructor(configStore: ConfigStore) {
    configStore.register({ prepare: () => () => this.swapped() });
  }

  get taken(): number {
    return this.count;
  }

  /** Epoch seconds; `undefined`: nothing was loaded yet. */
  get lastTakenAt(): number | undefined {
    return this.lastAt;
  }

  private swapped(): void {
    this.count++;
    this.lastAt = Date.now() / 1000;
  }
}
