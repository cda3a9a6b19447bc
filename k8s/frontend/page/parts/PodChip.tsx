// One pod. When it took the place of another it flies in from there, and says why for a while.
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Pod } from "../state/api.ts";
import { isNameless, podName } from "../state/format.ts";
import type { Move } from "../state/moves.ts";

/** Where each pod is drawn, or was drawn last, by uid. */
const places = new Map<string, DOMRect>();
const placesKept = 2000;

/** How long the reason of a move stays on the pod, in milliseconds. */
const told = 20_000;

export function PodChip({ pod, move }: { pod: Pod; move: Move | undefined }) {
  const element = useRef<HTMLLIElement>(null);
  const [fresh, setFresh] = useState(false);

  useLayoutEffect(() => {
    if (element.current) remember(pod.uid, element.current.getBoundingClientRect());
  });
  useLayoutEffect(() => {
    if (move && element.current) flyIn(element.current, places.get(move.fromUid));
  }, [move]);
  useEffect(() => {
    const left = move ? move.at + told - Date.now() : 0;
    if (left <= 0) return;
    setFresh(true);
    const timer = setTimeout(() => setFresh(false), left);
    return () => clearTimeout(timer);
  }, [move]);

  const name = podName(pod);
  const state = pod.deleting ? "going" : pod.ready ? "ready" : "starting";
  const where = move?.toPriority ? `on ${move.toPriority}` : "moved";
  const reason = fresh && move ? [where, ...(move.reason ? [move.reason] : [])].join(": ") : undefined;
  return (
    <li
      ref={element}
      className={`pod ${state} ${reason ? "moved" : ""} ${pod.owner?.startsWith("DaemonSet/") ? "everywhere" : ""}`}
      data-pod={`${pod.namespace}/${pod.name}`}
      data-owner={`${pod.namespace}/${name}`}
      title={`${isNameless(pod) ? "A pod of a namespace that is not shown here" : `${pod.namespace}/${pod.name}`}: ${pod.phase}${pod.deleting ? ", going" : ""}${move ? `; came from ${move.fromNode}` : ""}`}
    >
      {name}
      {reason && <em>{reason}</em>}
    </li>
  );
}

function remember(uid: string, rect: DOMRect): void {
  places.delete(uid);
  places.set(uid, rect);
  const oldest = places.size > placesKept ? places.keys().next() : undefined;
  if (oldest && !oldest.done) places.delete(oldest.value);
}

function flyIn(element: HTMLElement, from: DOMRect | undefined): void {
  if (!from || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const to = element.getBoundingClientRect();
  element.animate(
    [
      { transform: `translate(${from.x - to.x}px, ${from.y - to.y}px)`, zIndex: 1 },
      { transform: "none", zIndex: 1 },
    ],
    { duration: 1200, easing: "cubic-bezier(0.3, 0, 0.2, 1)" },
  );
}
