import { Injectable } from '@nestjs/common';

/** Log lines that could not be delivered, counted for the metrics. Kept for the life of the process: counters never go back. */
@Injectable()
export class LostLines {
  private readonly counts = new Map<string, { readonly plugin: string; readonly sink: string; lines: number }>();

  /** `sink` says where the lines should have gone: a path, an endpoint without its credentials. */
  add(plugin: string, sink: string, lines: number): void {
    const key = `${plugin} ${sink}`;
    const known = this.counts.get(key);
    if (known) known.lines += lines;
    else this.counts.set(key, { plugin, sink, lines });
  }

  entries(): IterableIterator<{ readonly plugin: string; readonly sink: string; readonly lines: number }> {
    return this.counts.values();
  }
}
