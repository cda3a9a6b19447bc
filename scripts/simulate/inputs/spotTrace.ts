// The spot availability trace: how many spot nodes the cloud has for us, at even steps of time.
import * as z from "zod";
import { readYaml } from "../../../balancer/yamlFile.ts";
import type { SpotTrace } from "../scenario.ts";
import type { InputFile, Problems } from "./problem.ts";

/** Other keys, such as where a trace is from, are let be. */
const schema = z.object({
  metadata: z.object({ gap_seconds: z.number().positive() }),
  data: z.array(z.int().min(0)).min(1),
});

/** `{"metadata":{"gap_seconds":300},"data":[4,4,3]}`. @returns undefined when there are problems */
export function readSpotTrace({ name, text }: InputFile, problems: Problems): SpotTrace | undefined {
  const { value, problems: found } = readJson(text);
  problems.add(name, ...found);
  return value && { stepMs: value.metadata.gap_seconds * 1000, available: value.data };
}

/** JSON is YAML, and the YAML reader knows lines; but it takes its time with traces of weeks. */
function readJson(text: string): ReturnType<typeof readYaml<typeof schema>> {
  try {
    const result = schema.safeParse(JSON.parse(text));
    if (result.success) return { value: result.data, problems: [] };
  } catch {
    // Told with its line below.
  }
  return readYaml(text, schema);
}
