import { hash } from 'node:crypto';
import type { EntityRegistry } from '../entities/entity-registry.js';
import { isObject } from '../entities/record-schema.js';
import { type ConfigurationProblem, type PathStep, pathText } from './configuration-problem.js';
import type { Declaration } from './declarations.js';
import type { DeclarativeText } from './declarative-file.js';
import { parseText, type TextFormat } from './declarative-text.js';
import { type Finding, wholeFinding } from './finding.js';
import { type KongError, kongError, kongTextError } from './kong-error.js';
import type { RefusedPlugin } from './refused-plugins.js';
import type { Snapshot } from './snapshot.js';
import { buildSnapshot } from './snapshot-builder.js';
import type { SourceDocument } from './source-document.js';
import { SourcePositions } from './source-position.js';

export interface Refusal {
  readonly problems: readonly ConfigurationProblem[];
  readonly kongError: KongError;
  /** What could be read, all files together: what `kongError.fields` speaks of. Absent where nothing could be read. */
  readonly document?: Readonly<Record<string, unknown>>;
}

export interface Read {
  readonly snapshot: Snapshot;
  /** Tells of plugins that cannot work with what they were given, at their places. */
  refusing(plugins: readonly RefusedPlugin[]): Refusal;
}

export type ReadResult = Read | Refusal;

export interface ReadOptions {
  readonly registry: EntityRegistry;
  /** Names of the plugins that may be configured. */
  readonly enabledPlugins: ReadonlySet<string>;
  /** For decK's variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Seconds since the epoch. */
  readonly now: number;
  readonly format?: TextFormat;
}

export const NOT_UTF8 = 'failed parsing declarative configuration: it is not UTF-8';

/** Reads declarative texts into one snapshot, or tells everything that is wrong with them. */
export function readDeclarative(texts: readonly DeclarativeText[], options: ReadOptions): ReadResult {
  const sources: SourceDocument[] = [];
  const unreadable: ConfigurationProblem[] = [];
  for (const { file, text: raw, broken } of texts) {
    if (broken) {
      const remedy = 'save it as UTF-8';
      unreadable.push({
        file,
        path: '',
        value: undefined,
        line: undefined,
        column: undefined,
        message: NOT_UTF8,
        remedy,
      });
      continue;
    }
    const parsed = parseText(raw, options.environment, options.format);
    if ('document' in parsed) sources.push({ file, text: parsed.text, document: parsed.document });
    else for (const problem of parsed.problems) unreadable.push({ file, path: '', value: undefined, ...problem });
  }
  const [first] = unreadable;
  if (first) return { problems: unreadable, kongError: kongTextError(first.message) };

  const md5 = hash('md5', texts.map(({ text }) => text).join('\n'));
  const built = buildSnapshot(sources, { ...options, hash: md5 });
  if ('findings' in built) return refusal(built.findings, sources);
  const { snapshot, places } = built;
  return {
    snapshot,
    refusing: (plugins) =>
      refusal(
        plugins.flatMap(({ id, message }) => unusable(message, places.get(id))),
        sources,
      ),
  };
}

function unusable(message: string, declaration: Declaration | undefined): Finding[] {
  if (!declaration) return [];
  const found = wholeFinding(message, declaration.source, declaration.path);
  return [{ ...found, remedy: 'change the configuration as this says' }];
}

function refusal(findings: readonly Finding[], sources: readonly SourceDocument[]): Refusal {
  const merged = new MergedLists(sources);
  const positions = new Map<SourceDocument, SourcePositions>();
  const problems = findings.map((finding) => {
    const known = positions.get(finding.source) ?? new SourcePositions(finding.source.text);
    positions.set(finding.source, known);
    return problemOf(finding, known);
  });
  const placed = findings.map((finding) => ({ ...finding, path: merged.pathOf(finding) }));
  return { problems: problems.sort(inOrder), kongError: kongError(placed), document: merged.document };
}

function problemOf(finding: Finding, positions: SourcePositions): ConfigurationProblem {
  const { source, path, message, remedy } = finding;
  const written = writtenPath(source.document, path);
  const value = finding.value === 'none' ? undefined : shown(valueAt(source.document, written));
  return {
    ...(source.file === undefined ? {} : { file: source.file }),
    path: pathText(path),
    ...positions.of(written),
    value: value !== undefined && finding.value === 'hidden' ? '******' : value,
    message,
    remedy,
  };
}

const inOrder = (a: ConfigurationProblem, b: ConfigurationProblem): number =>
  (a.file ?? '').localeCompare(b.file ?? '') || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);

const FROM_URL = ['protocol', 'host', 'port', 'path'];

/** A Service's address may be written as its `url`; a mistake in it is there. */
function writtenPath(document: unknown, path: readonly PathStep[]): readonly PathStep[] {
  const entity = path.slice(0, -1);
  const hasUrl = FROM_URL.includes(String(path.at(-1))) && valueAt(document, [...entity, 'url']) !== undefined;
  return hasUrl ? [...entity, 'url'] : path;
}

function valueAt(document: unknown, path: readonly PathStep[]): unknown {
  return path.reduce<unknown>((value, step) => {
    if (Array.isArray(value)) return typeof step === 'number' ? (value as unknown[])[step] : undefined;
    return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }, document);
}

const LONGEST_VALUE = 80;

/** Only single values are shown: what a list or record contains may be secret. */
function shown(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'a record';
  const text = JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

/** Several files as the one that Kong's error speaks of: their lists appended, in order. */
class MergedLists {
  readonly document: Record<string, unknown> = {};
  private readonly offsets = new Map<SourceDocument, Map<string, number>>();

  constructor(sources: readonly SourceDocument[]) {
    for (const source of sources) {
      const offsets = new Map<string, number>();
      this.offsets.set(source, offsets);
      for (const [name, value] of Object.entries(source.document)) {
        const before = this.document[name];
        if (Array.isArray(before) && Array.isArray(value)) {
          offsets.set(name, before.length);
          this.document[name] = [...(before as unknown[]), ...(value as unknown[])];
        } else {
          this.document[name] ??= value;
        }
      }
    }
  }

  pathOf({ source, path }: Finding): readonly PathStep[] {
    const [name, index, ...rest] = path;
    const offset = this.offsets.get(source)?.get(String(name)) ?? 0;
    return typeof index === 'number' && offset > 0 ? [name as PathStep, index + offset, ...rest] : path;
  }
}
