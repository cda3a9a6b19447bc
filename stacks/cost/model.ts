// What a cost estimate is made of: recorded resources in, charges between, rows and totals out. All money is USD.

/** A resource as the program declared it; inputs that are outputs of other resources may be missing. */
export interface RecordedResource {
  /** Pulumi's type token, such as `azure-native:containerservice:AgentPool`. */
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

/** A number at the smallest and at the largest scale that the resource's inputs allow. */
export interface Range {
  min: number;
  max: number;
}

/** Kinds of prices in prices.yaml; the name's end says what one unit lasts or holds. */
export type Meter =
  | "vmHour"
  | "spotHour"
  | "diskMonth"
  | "postgresHour"
  | "postgresStorageGb"
  | "backupGb"
  | "logGb"
  | "clusterHour"
  | "loadBalancerHour"
  | "trafficGb"
  | "publicIpHour"
  | "natGatewayHour"
  | "dnsZoneMonth"
  | "registryDay";

/** One thing that Azure bills for a resource. */
export interface Charge {
  /** What is billed, for people: `Standard_B2s node`. */
  item: string;
  meter: Meter;
  /** Size or tier, the price's key below the meter. */
  key: string;
  /** How many; undefined where use alone decides, which no input bounds. */
  count?: Range;
  /** Billed at the spot price of the same size. */
  spot?: boolean;
}

export interface CostRow {
  resource: string;
  item: string;
  count: Range;
  /** USD a month for one at the regular price; undefined: no source states it. */
  regular?: number;
  /** USD a month for one at the spot price; only on spot rows whose spot price is known. */
  spot?: number;
  /** USD a month for all, at the spot price where it is known. */
  monthly?: Range;
  /** USD a month less than with regular machines. */
  saving?: Range;
}

export interface Estimate {
  currency: "USD";
  /** Day of the newest price, `2026-10-09`. */
  asOf: string;
  /** Azure region that the prices are of; undefined when no resource has one. */
  region?: string;
  rows: CostRow[];
  /** USD a month: what is paid, and what it would be with every node at the regular price. */
  total: Range;
  allRegular: Range;
  saving: Range;
  /** Sentences about what the totals do not hold: prices nobody stated, use without a bound, types without a rule. */
  unknown: string[];
}
