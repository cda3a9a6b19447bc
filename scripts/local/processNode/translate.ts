// The translation rule: where a pod's manifest says "mount path" or "service name", its process needs a place
// on this machine. One pure function, so that a table of examples can state it.

/** What the manifest's words mean on this machine. */
export interface Places {
  /** Mount path in the pod → where the volume really lies. */
  paths: ReadonlyMap<string, string>;
  /** `service.namespace:port` → `address:port` where somebody listens here. */
  services: ReadonlyMap<string, string>;
}

/** A Service named in a text. */
export interface ServiceReference {
  /** Key in `Places.services`: `service.namespace:port`. */
  key: string;
  namespace: string;
  service: string;
  port: number;
}

// `https://prometheus.monitoring.svc.cluster.local:9090`; the scheme gives the port when none is written.
const label = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const serviceName = `(https?://)?(?<![\\w.-])(${label})\\.(${label})\\.svc(?:\\.cluster\\.local)?(?![\\w-]|\\.\\w)(?::(\\d+))?`;

function reference(scheme: string | undefined, service: string, namespace: string, port: string | undefined) {
  const number = Number(port ?? (scheme === "http://" ? 80 : 443));
  return { key: `${service}.${namespace}:${number}`, namespace, service, port: number };
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

/** The Services that the texts name, each once. Without a port, `http://` means 80 and everything else 443. */
export function serviceReferences(texts: Iterable<string>): ServiceReference[] {
  const found = new Map<string, ServiceReference>();
  for (const text of texts)
    for (const [, scheme, service, namespace, port] of text.matchAll(new RegExp(serviceName, "g"))) {
      const named = reference(scheme, service ?? "", namespace ?? "", port);
      found.set(named.key, named);
    }
  return [...found.values()];
}

/**
 * The text with every mount path and every service name replaced by its local place, in one pass (what was
 * put in is not looked at again). A mount path counts only as a whole: `/data` is neither in `/database` nor
 * in `/var/data`; the longest one wins. A bare service name without scheme and port keeps no port. A name
 * that `places` does not know stays as it is.
 */
export function translate(text: string, places: Places): string {
  const paths = [...places.paths.keys()].sort((a, b) => b.length - a.length).map(escaped);
  const path = paths.length === 0 ? "(?!)" : `(?<![\\w./-])(?:${paths.join("|")})(?![\\w-]|\\.\\w)`;
  return text.replace(
    new RegExp(`${serviceName}|(${path})`, "g"),
    (whole, scheme: string | undefined, service: string, namespace: string, port: string, mount: string) => {
      if (mount !== undefined) return places.paths.get(mount) ?? whole;
      const address = places.services.get(reference(scheme, service, namespace, port).key);
      if (address === undefined) return whole;
      const bare = scheme === undefined && port === undefined;
      return (scheme ?? "") + (bare ? address.replace(/:\d+$/, "") : address);
    },
  );
}
