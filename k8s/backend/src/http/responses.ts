// Failures that a route may answer with, for its description.
import { Failure } from "../schemas.ts";

const descriptions = {
  400: "Not what was expected",
  401: "Without the token for samples",
  403: "Switched off",
  404: "Not there",
  413: "Too large",
  415: "Not JSON",
  429: "One is running already",
  503: "Not now: the database or the cluster cannot be used; try again later",
} as const;

export const failures = <Code extends keyof typeof descriptions>(...codes: Code[]) =>
  Object.fromEntries(
    codes.map((code) => [code, { ...Failure, description: descriptions[code] }]),
  ) as unknown as Record<Code, typeof Failure>;
