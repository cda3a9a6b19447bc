// What a round hands to the next one: the spot nodes in use, the losses, and what is planned.
import { type BalancerState, type Move, workloadKey } from "../model.ts";
import { evictionsOfTheDay, placedOnSpot } from "./memory.ts";
import { spotNodesInUse } from "./spotHealth.ts";
import { withPlanned } from "./tries.ts";
import { type Denied, askedInVain } from "./askedInVain.ts";
import type { World } from "./world.ts";

/** Evictions leave no trace on a workload, so they are remembered here, before they are done. */
export function nextState(world: World, moves: Move[], denied: Denied[]): BalancerState {
  const { snapshot, spot, nodes, podsByNode, now } = world;
  const evictions = moves
    .filter(({ kind }) => kind === "Rebalance")
    .map(({ workload, reason, source }) => ({
      ...{ workload: workloadKey(workload), at: now },
      ...(reason === "HotNode" && { hotNode: source }),
    }));
  const onTheWay = moves.some(({ kind }) => kind === "ToSpot");
  const unsuited = askedInVain(world, denied);
  const tries = withPlanned(world.tries, moves, now);
  return {
    spotNodesByPool: spotNodesInUse(nodes, podsByNode, placedOnSpot(snapshot), onTheWay),
    spotLosses: spot.losses,
    availability: world.availability.state,
    evictions: [...evictionsOfTheDay(snapshot.state, now), ...evictions],
    ...(tries && { tries }),
    ...(unsuited && { askedInVain: unsuited }),
    ...(snapshot.state.forbidden && { forbidden: snapshot.state.forbidden }),
  };
}
