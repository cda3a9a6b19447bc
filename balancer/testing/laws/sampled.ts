// Cases that many laws are asked about: generated and played once, by a fixed seed and by one that differs each time.
import fc from "fast-check";
import { runs } from "../specs/generators.ts";

/** `LAWS_SEED` repeats a run. */
export const randomSeed = Number(process.env["LAWS_SEED"] ?? Date.now() % 1e9);

/** To be read in a title: what a run was about, and how to have it again. */
export const again = `LAWS_SEED=${randomSeed}`;

export class Sampled<Spec, Played> {
  private readonly samples: { seed: number; numRuns: number }[];
  private readonly arbitrary: fc.Arbitrary<Spec>;
  private readonly play: (spec: Spec) => Played;
  private played: Played[][] | undefined;

  /** @param fixed how many cases of the fixed seed, the same in every run; @param random of the other one */
  constructor(arbitrary: fc.Arbitrary<Spec>, play: (spec: Spec) => Played, fixed: number, random: number) {
    this.arbitrary = arbitrary;
    this.play = play;
    this.samples = [
      { seed: 1, numRuns: runs(fixed) },
      { seed: randomSeed, numRuns: runs(random) },
    ];
  }

  /** Of both seeds; worked out when they are asked for first. */
  all(): Played[] {
    return this.bySample().flat();
  }

  /** To be called after the last law. */
  forget(): void {
    this.played = undefined;
  }

  /**
   * A law holds for every case; one that it does not hold for is made as small as it can be.
   * @param every of so many cases one is asked: for laws that play each case once more
   */
  law(title: string, check: (played: Played) => void, every = 1): void {
    it(title, () => {
      for (const [i, cases] of this.bySample().entries()) {
        if (!cases.some((played, i) => i % every === 0 && isBroken(check, played))) continue;
        const property = fc.property(this.arbitrary, (spec) => check(this.play(spec)));
        fc.assert(property, this.samples[i]);
        throw new Error(`broken for seed ${this.samples[i]!.seed}, but not when asked again`);
      }
    });
  }

  private bySample(): Played[][] {
    return (this.played ??= this.samples.map((sample) => fc.sample(this.arbitrary, sample).map(this.play)));
  }
}

function isBroken<Played>(check: (played: Played) => void, played: Played): boolean {
  try {
    check(played);
    return false;
  } catch {
    return true;
  }
}
