// For cluster tests: requests through the gateway, and whether chance explains who answered them.
import assert from "node:assert/strict";

/** How many requests each variant of the API answered. */
export async function askApi(url: string, requests: number, atOnce = 20): Promise<Record<string, number>> {
  const answers: Record<string, number> = {};
  const rest = Array.from({ length: requests }).values();
  const ask = async (): Promise<void> => {
    for (const _ of rest) {
      const response = await fetch(`${url}/api/info`);
      const text = await response.text();
      const variant = response.headers.get("x-variant");
      assert.ok(response.ok && variant !== null, `${response.status} ${text}`);
      answers[variant] = (answers[variant] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, ask));
  return answers;
}

/** Five standard deviations of a binomial distribution: by chance alone passed once in two million tests. */
export function assertShare(hits: number, requests: number, share: number): void {
  const expected = requests * share;
  const bound = 5 * Math.sqrt(requests * share * (1 - share));
  assert.ok(
    Math.abs(hits - expected) <= bound,
    `${hits} of ${requests}, expected ${expected} ± ${bound.toFixed(0)}`,
  );
}
