// Puts resources under their parents, with the lines that show it.

interface Node {
  urn: string;
  parent?: string;
}

/** The items in tree order, each with the drawing in front of it. Without their parent in the list they are roots. */
export function buildTree<T extends Node>(items: readonly T[]): { indent: string; item: T }[] {
  const urns = new Set(items.map(({ urn }) => urn));
  const children = Map.groupBy(items, ({ parent }) =>
    parent !== undefined && urns.has(parent) ? parent : "",
  );
  const rows: { indent: string; item: T }[] = [];
  const shown = new Set<T>();
  const add = (item: T, lead: string, branch: string, continuation: string): void => {
    if (shown.has(item)) return;
    shown.add(item);
    rows.push({ indent: lead + branch, item });
    const below = (children.get(item.urn) ?? []).filter((child) => !shown.has(child));
    below.forEach((child, index) => {
      const last = index === below.length - 1;
      add(child, lead + continuation, last ? "└─ " : "├─ ", last ? "   " : "│  ");
    });
  };
  for (const root of children.get("") ?? []) add(root, "", "", "");
  return rows;
}
