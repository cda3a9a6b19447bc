// The steps of a round, in their order: each grants wishes while the room and the budgets last that earlier ones left.
//
// A strategy more is a file in steps/ and a line here.
import type { Step } from "./step.ts";
import { comeBack, goToSpot, leaveLostSpot } from "./steps/wishes.ts";
import { coolHotNodes } from "./steps/cooling.ts";
import { emptyNodes } from "./steps/emptying.ts";
import { followTemplates } from "./steps/following.ts";
import { keepShares } from "./steps/shares.ts";
import { relieveRegular, relieveSpot } from "./steps/pressure.ts";
import { rescuePods } from "./steps/rescue.ts";

export const steps: Step[] = [
  // What has to move, most important first: nobody's wish, so that neither doubt nor budgets of moves stop it.
  leaveLostSpot,
  rescuePods,
  // The rest of moves that were begun.
  followTemplates,
  // What wants back to regular, most important first, and what spot no longer holds: before anything takes that room.
  comeBack,
  keepShares,
  relieveSpot,
  // What may go to spot, least important first, and what regular no longer holds.
  goToSpot,
  relieveRegular,
  // What only saves, or smooths: with the room and the moves that nobody needed.
  emptyNodes,
  coolHotNodes,
];
