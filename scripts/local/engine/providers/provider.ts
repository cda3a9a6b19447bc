// What the engine expects of a provider: the calls of Pulumi's provider protocol, on plain objects.
import type { Properties } from "../values.ts";

export interface Failure {
  property: string;
  reason: string;
}

/** How one property changes. */
export interface PropertyDiff {
  kind: "add" | "delete" | "update";
  replace: boolean;
}

/** A provider's verdict on new inputs. */
export interface Difference {
  changes: "none" | "some";
  /** Paths that cannot be changed in place. */
  replaces: string[];
  /** The old one has to go before the new one can be made. */
  deleteBeforeReplace: boolean;
  /** Every change by its path, where the provider tells them. */
  details?: ReadonlyMap<string, PropertyDiff>;
}

/** One resource in a call. `id` is empty before it exists. */
export interface Subject {
  urn: string;
  type: string;
  name: string;
  id: string;
}

/** Common to the calls that change something. */
export interface Change {
  /** Only say what would come of it: nothing is written. */
  preview: boolean;
  /** Aborted when the run is interrupted: stop waiting, and report what there is. */
  signal: AbortSignal;
  /** Tells the person at the terminal what is being waited for. */
  status: (message: string) => void;
}

/** A change to be judged, or made. */
export interface Transition {
  oldInputs: Properties;
  oldOutputs: Properties;
  newInputs: Properties;
  ignoreChanges: string[];
}

export interface CheckRequest {
  olds?: Properties;
  news: Properties;
  /** What names are made of, so that an update has those of its preview; the embedded engine sends none. */
  seed?: Uint8Array;
}

export interface ProviderClient {
  check(subject: Subject, request: CheckRequest): Promise<{ inputs: Properties; failures: Failure[] }>;
  diff(subject: Subject, request: Transition): Promise<Difference>;
  create(
    subject: Subject,
    request: { inputs: Properties } & Change,
  ): Promise<{ id: string; outputs: Properties }>;
  update(subject: Subject, request: Transition & Change): Promise<{ outputs: Properties }>;
  delete(subject: Subject, request: { inputs: Properties; outputs: Properties } & Change): Promise<void>;
  /** What is there now, in terms of the recorded inputs; undefined when it is gone. */
  read(
    subject: Subject,
    request: { inputs: Properties; outputs: Properties },
  ): Promise<{ id: string; inputs: Properties; outputs: Properties } | undefined>;
  invoke(token: string, args: Properties): Promise<Properties>;
  close(): void;
}

/** A package whose provider the engine can start. */
export interface ProviderPackage {
  /** Compares two configurations of an explicit provider; without it a change is an update. */
  diffConfig?(olds: Properties, news: Properties): Promise<Difference>;
  /** Problems of a configuration, found before anything is done. */
  checkConfig?(inputs: Properties): Failure[];
  /** Starts a provider. In a preview the configuration may hold unknown values. */
  configure(inputs: Properties): Promise<ProviderClient>;
}

/**
 * The object exists, but is not as it should be (a Deployment that never became available).
 * The engine records it with these reasons, and updates it in the next run.
 */
export class NotReadyError extends Error {
  readonly id: string;
  readonly outputs: Properties;
  readonly reasons: string[];

  constructor(id: string, outputs: Properties, reasons: string[]) {
    super(reasons.join("\n"));
    this.id = id;
    this.outputs = outputs;
    this.reasons = reasons;
  }
}

/** No provider call failed: the run was interrupted before or while waiting. */
export class InterruptedError extends Error {
  constructor(message = "interrupted") {
    super(message);
  }
}
