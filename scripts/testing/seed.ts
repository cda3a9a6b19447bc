// Draws what properties are asked about by `LAWS_SEED` where it is set, so that a run can be had again.
import fc from "fast-check";

const seed = process.env["LAWS_SEED"];
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) });
