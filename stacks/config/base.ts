// Configuration of the base layer: what its keys (base/keys.ts) must be to each other.
import { contains, overlaps, sizeOf } from "./addresses.ts";
import { type BaseConfig, baseKeys } from "./base/keys.ts";
import { isBurstable } from "./fields.ts";
import { problem, type Problem } from "./problems.ts";
import { ruleFor, type LayerSchema } from "./schema.ts";

export type { BaseConfig };

const rule = ruleFor<BaseConfig>();

/** Nobody's, kept for examples (RFC 5737): https://www.rfc-editor.org/rfc/rfc5737 */
const documentationRanges = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"];

/** What the files in this repository hold in place of a value that only you know. Warned of: with it nobody gets in. */
const placeholder = (key: string, expected: string, value: string): Problem => ({
  key,
  expected: `${expected} (until then nobody gets in)`,
  got: `the placeholder ${value}`,
  warning: true,
});

const ranges = ["addressSpace", "nodeSubnet", "databaseSubnet", "podRange", "serviceRange"] as const;

export const base: LayerSchema<typeof baseKeys.shape> = {
  keys: baseKeys,
  rules: [
    ...(["nodeSubnet", "databaseSubnet"] as const).map((key) =>
      rule(
        [key, "addressSpace"],
        (config) =>
          !contains(config.addressSpace, config[key]) &&
          problem(key, `a range inside addressSpace ${config.addressSpace}`, config[key]),
      ),
    ),
    ...disjointPairs().map(([one, other]) =>
      rule(
        [one, other],
        (config) =>
          overlaps(config[one], config[other]) &&
          problem(other, `no overlap with ${one} ${config[one]}`, config[other]),
      ),
    ),
    rule(
      ["databaseSubnet"],
      ({ databaseSubnet }) =>
        sizeOf(databaseSubnet) < 16 &&
        problem("databaseSubnet", "/28 or larger (PostgreSQL)", databaseSubnet),
    ),
    rule(["systemPool", "regularPool", "spotPools"], ({ systemPool, regularPool, spotPools }) => {
      const pools = [
        { key: "systemPool.name", name: systemPool.name },
        { key: "regularPool.name", name: regularPool.name },
        ...spotPools.map(({ name }, index) => ({ key: `spotPools[${index}].name`, name })),
      ];
      return pools
        .filter(({ name }, index) => pools.findIndex((pool) => pool.name === name) < index)
        .map(({ key, name }) => problem(key, "a name that no other pool has", name));
    }),
    rule(["systemPool"], ({ systemPool: { vmSize: size } }, profile) => {
      const expected =
        "no B-series: its CPU credits run out under critical add-ons (Standard_D2as_v5 is cheap)";
      const found = problem("systemPool.vmSize", expected, size);
      return isBurstable(size) && (profile === "dev" ? { ...found, warning: true } : found);
    }),
    rule(["authorizedIpRanges"], ({ authorizedIpRanges }, profile) =>
      authorizedIpRanges.map(
        (range, index) =>
          profile === "prod" &&
          sizeOf(range) > 65536 &&
          problem(`authorizedIpRanges[${index}]`, "a range of /16 or narrower", range),
      ),
    ),
    rule(["authorizedIpRanges", "privateCluster"], ({ authorizedIpRanges, privateCluster }, profile) => {
      const found = (expected: string) => problem("authorizedIpRanges", expected, authorizedIpRanges);
      const isOpen = authorizedIpRanges.length === 0;
      if (privateCluster) return !isOpen && found("nothing beside privateCluster");
      return profile === "prod" && isOpen && found("ranges that may reach the API server, or privateCluster");
    }),
    rule(["authorizedIpRanges"], ({ authorizedIpRanges }) =>
      authorizedIpRanges.map(
        (range, index) =>
          documentationRanges.some((reserved) => overlaps(reserved, range)) &&
          placeholder(`authorizedIpRanges[${index}]`, "a range of your network", range),
      ),
    ),
    rule(["adminGroupIds"], ({ adminGroupIds }) =>
      adminGroupIds.map(
        (id, index) =>
          /^[0-]+$/.test(id) &&
          placeholder(`adminGroupIds[${index}]`, "the object ID of your Entra group", id),
      ),
    ),
    rule(["localAccounts", "adminGroupIds"], ({ localAccounts, adminGroupIds }, profile) => {
      if (localAccounts) return profile === "prod" && problem("localAccounts", "false in production", true);
      const expected = "at least 1 entry, as localAccounts is false";
      return adminGroupIds.length === 0 && problem("adminGroupIds", expected, adminGroupIds);
    }),
  ],
};

/** Every two ranges that must not share addresses; the two subnets may lie in the VNET, of course. */
function disjointPairs() {
  return ranges.flatMap((one, index) =>
    ranges
      .slice(index + 1)
      .filter((other) => !(one === "addressSpace" && other.endsWith("Subnet")))
      .map((other) => [one, other] as const),
  );
}
