import { Flag } from '../../entities/field.js';

export class PrometheusConfig {
  /** Whether requests and bandwidth are counted per Consumer, and AI metrics too. */
  @Flag({ required: true }) per_consumer = false;

  /** Requests by status. */
  @Flag({ required: true }) status_code_metrics = false;

  /** Exchanges with models, for AI plugins that have `log_statistics` on. */
  @Flag({ required: true }) ai_metrics = false;

  /** Latencies of gateway, upstream and whole request. */
  @Flag({ required: true }) latency_metrics = false;

  /** Bytes in and out. */
  @Flag({ required: true }) bandwidth_metrics = false;

  /** Health of the Targets of every Upstream; shown as soon as one instance asks for it. */
  @Flag({ required: true }) upstream_health_metrics = false;

  /** Taken for the sake of files that have it; there is no Wasm here whose metrics could be shown. */
  @Flag({ required: true }) wasm_metrics = false;
}
