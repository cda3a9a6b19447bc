// What everybody may see of the cluster: the page has no login.

/** `*`, or names of namespaces. */
export type Shows = (namespace: string) => boolean;

export function showsOf(setting: string): Shows {
  if (setting === "*") return () => true;
  const namespaces = new Set(setting.split(",").map((name) => name.trim()));
  namespaces.delete("");
  return (namespace) => namespaces.has(namespace);
}

interface Named {
  namespace: string;
}

/** Leaves out what lies in a namespace that is not shown. */
export const shown =
  <Raw, Slim extends Named>(shows: Shows, slim: (object: Raw) => Slim) =>
  (object: Raw): Slim | undefined => {
    const found = slim(object);
    return shows(found.namespace) ? found : undefined;
  };

/** A pod of a namespace that is not shown keeps what it takes of its node, and loses its name. */
export const nameless =
  <Raw, Slim extends Named & { name: string; owner: string | null }>(
    shows: Shows,
    slim: (object: Raw) => Slim | undefined,
  ) =>
  (object: Raw): Slim | undefined => {
    const found = slim(object);
    if (found === undefined || shows(found.namespace)) return found;
    return { ...found, namespace: "", name: "", owner: null };
  };
