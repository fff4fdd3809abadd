import type { ConfigStore } from '../config/config-store.js';
import type { LogRecord } from '../pdk/log-record.js';
import type { ConfigReloads } from './config-reloads.js';
import type { HealthReports } from './health-reports.js';
import type { LostLines } from './lost-lines.js';
import type { MetricRegistry } from './metric-registry.js';
import type { NodeState } from './node-state.js';

/** Which groups of metrics an instance of the prometheus plugin collects. */
export interface MetricSwitches {
  readonly statusCodes: boolean;
  readonly latency: boolean;
  readonly bandwidth: boolean;
  readonly ai: boolean;
}

/** A request as metrics see it: its record, and the label values most of them share. */
export interface CountedRequest {
  readonly record: LogRecord;
  /** The Service's name, else its host. */
  readonly service: string;
  /** The Route's name, else its id. */
  readonly route: string;
  readonly workspace: string;
  /** `''` unless the instance counts per Consumer and there is one. */
  readonly consumer: string;
}

/** What a family may look at beside requests. */
export interface MetricSources {
  readonly node: NodeState;
  readonly configStore: ConfigStore;
  readonly configReloads: ConfigReloads;
  readonly health: HealthReports;
  readonly lostLines: LostLines;
}

/** Counts a request. Called once per request that matched a Route with a Service, for each family that has it. */
export type RequestObserver = (request: CountedRequest, switches: MetricSwitches) => void;

/**
 * The default export of a file `metrics/<name>.metric.ts`, found by its folder. Called once per process: declares what it
 * measures in the registry. Gauges are done with that; what is counted per request answers with how.
 */
export type DeclareMetric = (registry: MetricRegistry, sources: MetricSources) => RequestObserver | undefined;
