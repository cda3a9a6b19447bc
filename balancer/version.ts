// The version of the program, as its releases are tagged.
import manifest from "./package.json" with { type: "json" };

export const { version } = manifest;
