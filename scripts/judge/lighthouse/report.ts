// What is read of Lighthouse's report: scores, and what a page must mend to have all of them. Pure.
import { z } from "zod";

const score = z.number().min(0).max(1).nullable();

/** https://github.com/GoogleChrome/lighthouse/blob/main/docs/understanding-results.md */
const reportSchema = z.object({
  runtimeError: z.object({ message: z.string() }).optional(),
  categories: z.record(
    z.string(),
    z.object({ score, auditRefs: z.array(z.object({ id: z.string(), weight: z.number() })) }),
  ),
  audits: z.record(
    z.string(),
    z.object({
      score,
      title: z.string(),
      // Of many shapes; those of checks that say yes or no have a list.
      details: z
        .object({ items: z.array(z.record(z.string(), z.unknown())) })
        .optional()
        .catch(undefined),
    }),
  ),
});

export interface Judgement {
  /** Category → 0…100. */
  scores: Record<string, number>;
  /** One line for each check that takes points, with the elements that it is about. */
  findings: string[];
}

/** Speed depends on the machine: it is told, not demanded. */
const toldOnly = new Set(["performance"]);

/** @throws Error when Lighthouse could not look at the page, or did not judge a category */
export function readReport(json: string): Judgement {
  const { runtimeError, categories, audits } = reportSchema.parse(JSON.parse(json));
  if (runtimeError) throw new Error(`Lighthouse could not judge the page: ${runtimeError.message}`);
  const scores: Record<string, number> = {};
  const findings: string[] = [];
  for (const [name, { score, auditRefs }] of Object.entries(categories)) {
    if (score === null) throw new Error(`Lighthouse has no score for ${name}: a check of it failed to run`);
    scores[name] = Math.round(score * 100);
    if (toldOnly.has(name)) continue;
    for (const { id, weight } of auditRefs) {
      const audit = audits[id];
      if (weight === 0 || !audit || audit.score === null || audit.score === 1) continue;
      const about = (audit.details?.items ?? []).map(elementOf).join("; ");
      findings.push(`${name}: ${id}: ${audit.title}${about && `: ${about}`}`);
    }
  }
  return { scores, findings };
}

/** The element as it stands in the page, or whatever else the check tells. */
function elementOf(item: Record<string, unknown>): string {
  const { snippet } = (item["node"] ?? {}) as { snippet?: string };
  return snippet ?? JSON.stringify(item).slice(0, 200);
}
