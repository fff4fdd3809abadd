import type { Bytes } from '../entities/units.js';
import { inflated, isCoded } from '../exchange/body-inflation.js';
import type { AttemptRecord } from '../pdk/attempt-record.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';
import type { AttemptOrder, NextAttempt, UpstreamAnswer, UpstreamPlan } from '../pdk/upstream-plan.js';
import type { UpstreamClient } from '../transport/upstream-client.js';
import { type WholeAnswer, wholeAnswer } from '../transport/whole-answer.js';
import { proxiedResponseHeaders } from './response-head.js';
