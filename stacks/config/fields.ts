// Kinds of values that several keys share. Messages are phrased as what was expected.
import { z } from "zod";
import { isAddress, isRange } from "./addresses.ts";

export const addressRange = z
  .string()
  .refine(isRange, "an IPv4 range such as 10.0.0.0/16, written from its first address");

export const address = z.string().refine(isAddress, "an IPv4 address such as 203.0.113.7");

export const guid = z.guid("a GUID such as 11111111-2222-3333-4444-555555555555");

export const email = z.email("an e-mail address");

/** Name of an Azure VM size; whether a region offers it only Azure knows. */
export const vmSize = z
  .string()
  .regex(/^Standard_[A-Z][A-Za-z0-9_-]*$/, "the name of an Azure VM size such as Standard_D2as_v5");

/** Azure sells no B-series as spot: https://learn.microsoft.com/azure/virtual-machines/spot-vms#limitations */
export const isBurstable = (size: string): boolean => /^Standard_B/i.test(size);

/** AKS, Linux pools: https://learn.microsoft.com/azure/aks/create-node-pools#limitations */
export const poolName = z
  .string()
  .regex(/^[a-z][a-z0-9]{0,11}$/, "1 to 12 lower-case letters and digits, a letter first");

export const zones = z.array(z.enum(["1", "2", "3"]));

/** Label or tag maps: names to text. */
export const textMap = z.record(z.string(), z.string());

export const weekday = z.enum(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]);
