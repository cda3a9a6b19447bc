// What `pulumi package add` finds: it reads the component's schema from this file's types, and runs index.js.
export {
  SpotBalancer,
  type SpotBalancerArgs,
  type Toleration,
} from "../stacks/deploy/balancer/SpotBalancer.ts";
