// From a workload's goal of availability to its share on spot and to the time when it may go: the sum, for an explanation.
import type { Evidence } from "../../model.ts";
import { borneBy } from "../availability.ts";
import { allowedMinutes, groupOf, lossMinutes } from "../availability/goal.ts";
import { percent } from "../objection.ts";
import type { Candidate, World } from "../world.ts";

export function availabilityFacts(candidate: Candidate, world: World): Evidence {
  const group = world.availability.groups.get(groupOf(candidate));
  if (!group) return {};
  const { expectedLoss, span } = world.availability;
  return {
    goal: exactly(group.goal),
    of: groupOf(candidate),
    minutesAWeekThatAReplicaMayBeAway: round(allowedMinutes(group.goal)),
    minutesThatALossOfAllOfSpotTakes: lossMinutes,
    replicasThatStayOnRegular: candidate.floor,
    lossExpectedWithinAnHour: exactly(expectedLoss),
    ...(span && {
      since: `${percent(span.lost)} of spot was missing within the last ${round(span.hours)} h`,
    }),
    lossBorneWithinAnHour: exactly(Math.min(1, borneBy(candidate, group, world))),
    podMinutesSpent: `${round(group.spent)} of ${round(group.allowed)} a week`,
  };
}

const round = (value: number): number => Number(value.toFixed(1));
/** Goals differ by parts of a percent. */
const exactly = (share: number): string => `${Number((100 * share).toFixed(3))} %`;
