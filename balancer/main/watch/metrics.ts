// The watcher's own numbers: is it watching, and how soon do rounds follow what it sees? The rounds' are in the state.
import { type Series, add, observe, renderSeries, seriesKey } from "../../metrics/series.ts";
import type { RoundEnded } from "./pace.ts";

export class WatchMetrics {
  /** The nodes are known as they are now. */
  isCurrent = false;
  private readonly series: Series = {};

  constructor() {
    for (const ended of ["Done", "More", "Held", "Failed"])
      this.series[seriesKey("watch_rounds_total", { ended })] = 0;
  }

  roundEnded({ ended, tookMs }: RoundEnded): void {
    add(this.series, seriesKey("watch_rounds_total", { ended }), 1);
    if (tookMs !== undefined && (ended === "Done" || ended === "More"))
      observe(this.series, "watch_reaction_seconds", tookMs / 1000);
  }

  text(nodes: number): string {
    this.series[seriesKey("watch_current")] = this.isCurrent ? 1 : 0;
    this.series[seriesKey("watch_nodes")] = nodes;
    return renderSeries(this.series);
  }
}
