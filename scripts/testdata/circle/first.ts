// One half of a circle, for the test of the rule against them.
import { second } from "./second.ts";

export const first = (): string => second();
