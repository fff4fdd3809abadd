import type { Milliseconds } from '../entities/units.js';

/** When a circuit opens, and for how long. */
export interface CircuitLimits {
  /** Failures, consecutive or not, after which a candidate is left out. */
  readonly maxFails: number;
  /** How long it is left out, and how long a closed circuit remembers its failures. */
  readonly failTimeout: Milliseconds;
}

/** Whether a candidate may be tried. Source: Kong's ai-proxy-advanced documentation, `max_fails` and `fail_timeout`. */
export type Circuit =
  | { readonly state: 'closed'; readonly failures: number; readonly lastFailure: Milliseconds }
  | { readonly state: 'open'; readonly until: Milliseconds }
  /** One trial is out. When nothing is heard of it by `until` – its client left – another may follow. */
  | { readonly state: 'half-open'; readonly until: Milliseconds };

const CLOSED: Circuit = { state: 'closed', failures: 0, lastFailure: Number.NEGATIVE_INFINITY };

function mayTry(circuit: Circuit, now: Milliseconds): boolean {
  switch (circuit.state) {
    case 'closed':
      return true;
    case 'open':
    case 'half-open':
      return now >= circuit.until;
  }
}

/** The circuit once its candidate has been picked. */
function afterPick(circuit: Circuit, now: Milliseconds, { failTimeout }: CircuitLimits): Circuit {
  return circuit.state === 'closed' ? circuit : { state: 'half-open', until: now + failTimeout };
}

function afterFailure(circuit: Circuit, now: Milliseconds, limits: CircuitLimits): Circuit {
  switch (circuit.state) {
    case 'closed': {
      const failures = circuit.failures + 1;
      if (failures < limits.maxFails) return { state: 'closed', failures, lastFailure: now };
      return { state: 'open', until: now + limits.failTimeout };
    }
    case 'open':
      // An exchange that began before the circuit opened says nothing new.
      return circuit;
    case 'half-open':
      return { state: 'open', until: now + limits.failTimeout };
  }
}

/** A success right after a failure forgives nothing: the total counts, so a candidate that fails now and then is found out. */
function afterSuccess(circuit: Circuit, now: Milliseconds, { failTimeout }: CircuitLimits): Circuit {
  switch (circuit.state) {
    case 'closed':
      return now - circuit.lastFailure > failTimeout ? CLOSED : circuit;
    case 'open':
      return circuit;
    case 'half-open':
      return CLOSED;
  }
}

/** The circuits of a balancer's candidates, by candidate id. */
export class Circuits {
  private readonly circuits: Map<string, Circuit>;

  constructor(
    private readonly limits: CircuitLimits,
    private readonly now: () => Milliseconds,
    previous?: Circuits,
  ) {
    // Shared, not copied: exchanges that began with the predecessor still report to it.
    this.circuits = previous?.circuits ?? new Map();
  }

  mayTry(id: string): boolean {
    const circuit = this.circuits.get(id);
    return circuit === undefined || mayTry(circuit, this.now());
  }

  /** `undefined`: it has not failed so far. */
  stateOf(id: string): Circuit['state'] | undefined {
    return this.circuits.get(id)?.state;
  }

  trying(id: string): void {
    const circuit = this.circuits.get(id);
    if (circuit) this.circuits.set(id, afterPick(circuit, this.now(), this.limits));
  }

  failed(id: string): void {
    this.circuits.set(id, afterFailure(this.circuits.get(id) ?? CLOSED, this.now(), this.limits));
  }

  succeeded(id: string): void {
    const circuit = this.circuits.get(id);
    if (circuit) this.circuits.set(id, afterSuccess(circuit, this.now(), this.limits));
  }
}
