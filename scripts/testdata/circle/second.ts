// The other half.
import { first } from "./first.ts";

export const second = (): string => first();
