// Node runs the TypeScript itself; Pulumi's host would send a file that ends in .ts through a compiler of its own
// (pulumi/pulumi: sdk/nodejs/cmd/run-plugin/run.ts, ts-node).
export { SpotBalancer } from "../stacks/deploy/balancer/SpotBalancer.ts";
