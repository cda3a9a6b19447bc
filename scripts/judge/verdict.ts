// From findings and written reasons to a verdict: what is left to mend, and which reasons nobody asks for any more.
import { exceptionFor, fileFor, type Exception } from "./exceptions.ts";
import type { Finding } from "./model.ts";

/** What one judge said of one rendering. */
export interface Opinion {
  rendering: string;
  judge: string;
  findings: Finding[];
}

export interface Verdict {
  /** In the order of the opinions: what no reason covers, and how many one does. */
  opinions: { rendering: string; judge: string; open: Finding[]; excused: number }[];
  /** Reasons for what no judge finds. */
  unused: Exception[];
}

/** @param workloadOf the folder in k8s/ that an object comes from */
export function verdictOn(
  opinions: readonly Opinion[],
  exceptions: readonly Exception[],
  workloadOf: (object: string) => string | undefined,
): Verdict {
  const used = new Set<Exception>();
  const judged = opinions.map(({ rendering, judge, findings }) => {
    const open = findings.filter((finding) => {
      const exception = exceptionFor(finding, exceptions, workloadOf(finding.object));
      if (exception) used.add(exception);
      return exception === undefined;
    });
    return { rendering, judge, open, excused: findings.length - open.length };
  });
  const judges = new Set(opinions.map(({ judge }) => judge));
  const unused = exceptions.filter((exception) => judges.has(exception.judge) && !used.has(exception));
  return { opinions: judged, unused };
}

/** One line for each finding with what can be done, equal ones of several renderings together. */
export function explain(
  { opinions, unused }: Verdict,
  workloadOf: (object: string) => string | undefined,
): string[] {
  const lines = new Map<string, string[]>();
  for (const { rendering, open } of opinions) {
    for (const { judge, check, object, text } of open) {
      const line = `${judge} ${check}: ${object}: ${text}`;
      const workload = workloadOf(object);
      const file = workload === undefined ? "" : ` (a reason to leave it so: in ${fileFor(workload)})`;
      lines.set(line + file, [...(lines.get(line + file) ?? []), rendering]);
    }
  }
  return [
    ...[...lines].map(([line, renderings]) => `${[...new Set(renderings)].join(", ")}: ${line}`),
    ...unused.map(
      ({ workload, judge, check }) =>
        `${fileFor(workload)}: ${judge} no longer finds ${check}: delete the reason`,
    ),
  ];
}
