// Configuration of the base layer: what its keys (base/keys.ts) must be to each other.
import { contains, overlaps, sizeOf } from "./addresses.ts";
import { type BaseConfig, baseKeys } from "./base/keys.ts";
import { isBurstable } from "./fields.ts";
import { show, type Problem } from "./problems.ts";
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
      rule([key, "addressSpace"], (config) =>
        contains(config.addressSpace, config[key])
          ? []
          : [{ key, expected: `a range inside addressSpace ${config.addressSpace}`, got: show(config[key]) }],
      ),
    ),
    ...disjointPairs().map(([one, other]) =>
      rule([one, other], (config) =>
        overlaps(config[one], config[other])
          ? [{ key: other, expected: `no overlap with ${one} ${config[one]}`, got: show(config[other]) }]
          : [],
      ),
    ),
    rule(["databaseSubnet"], ({ databaseSubnet }) =>
      sizeOf(databaseSubnet) >= 16
        ? []
        : [{ key: "databaseSubnet", expected: "/28 or larger (PostgreSQL)", got: show(databaseSubnet) }],
    ),
    rule(["systemPool", "regularPool", "spotPools"], ({ systemPool, regularPool, spotPools }) => {
      const pools = [
        { key: "systemPool.name", name: systemPool.name },
        { key: "regularPool.name", name: regularPool.name },
        ...spotPools.map(({ name }, index) => ({ key: `spotPools[${index}].name`, name })),
      ];
      return pools
        .filter(({ name }, index) => pools.findIndex((pool) => pool.name === name) < index)
        .map(({ key, name }): Problem => ({
          key,
          expected: "a name that no other pool has",
          got: show(name),
        }));
    }),
    rule(["systemPool"], ({ systemPool: { vmSize: size } }, profile) =>
      isBurstable(size)
        ? [
            {
              key: "systemPool.vmSize",
              expected:
                "no B-series: its CPU credits run out under critical add-ons (Standard_D2as_v5 is cheap)",
              got: show(size),
              ...(profile === "dev" && { warning: true }),
            },
          ]
        : [],
    ),
    rule(["authorizedIpRanges"], ({ authorizedIpRanges }, profile) =>
      authorizedIpRanges.flatMap((range, index) =>
        profile === "prod" && sizeOf(range) > 65536
          ? [
              {
                key: `authorizedIpRanges[${index}]`,
                expected: "a range of /16 or narrower",
                got: show(range),
              },
            ]
          : [],
      ),
    ),
    rule(["authorizedIpRanges", "privateCluster"], ({ authorizedIpRanges, privateCluster }, profile) => {
      if (privateCluster && authorizedIpRanges.length > 0) {
        return [
          {
            key: "authorizedIpRanges",
            expected: "nothing beside privateCluster",
            got: show(authorizedIpRanges),
          },
        ];
      }
      return profile === "prod" && !privateCluster && authorizedIpRanges.length === 0
        ? [
            {
              key: "authorizedIpRanges",
              expected: "ranges that may reach the API server, or privateCluster",
              got: "[]",
            },
          ]
        : [];
    }),
    rule(["authorizedIpRanges"], ({ authorizedIpRanges }) =>
      authorizedIpRanges.flatMap((range, index) =>
        documentationRanges.some((reserved) => overlaps(reserved, range))
          ? [placeholder(`authorizedIpRanges[${index}]`, "a range of your network", range)]
          : [],
      ),
    ),
    rule(["adminGroupIds"], ({ adminGroupIds }) =>
      adminGroupIds.flatMap((id, index) =>
        /^[0-]+$/.test(id)
          ? [placeholder(`adminGroupIds[${index}]`, "the object ID of your Entra group", id)]
          : [],
      ),
    ),
    rule(["localAccounts", "adminGroupIds"], ({ localAccounts, adminGroupIds }, profile) => {
      if (localAccounts && profile === "prod") {
        return [{ key: "localAccounts", expected: "false in production", got: "true" }];
      }
      return !localAccounts && adminGroupIds.length === 0
        ? [{ key: "adminGroupIds", expected: "at least 1 entry, as localAccounts is false", got: "[]" }]
        : [];
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
