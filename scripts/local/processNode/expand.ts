// Kubernetes' `$(VAR)` expansion, as the kubelet does it for env values, command and args.

/**
 * Replaces `$(NAME)` by its value. `$$` stands for one `$`, so `$$(NAME)` stays as `$(NAME)`; a name without
 * a value and an unclosed `$(` stay as they are (third_party/forked/golang/expansion in Kubernetes).
 */
export function expand(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string) =>
    whole === "$$" ? "$" : (values.get(name) ?? whole),
  );
}
