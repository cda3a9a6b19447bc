// What a release says of itself, when everything that names its version agrees.

/**
 * @param versions by the file that says them
 * @throws Error with all that does not agree with the tag
 */
export function releaseNotes(tag: string, versions: Record<string, string>, changeLog: string): string {
  const [, version] = /^v(\d+\.\d+\.\d+(?:-[\w.]+)?)$/.exec(tag) ?? [];
  if (version === undefined) throw new Error(`expected a tag such as v1.2.3, got "${tag}"`);
  const problems = Object.entries(versions)
    .filter(([, said]) => said !== version)
    .map(([file, said]) => `${file}: expected version ${version}, as the tag says, got ${said}`);
  const notes = sectionOf(changeLog, version);
  if (notes === "")
    problems.push(`CHANGELOG.md: expected a section "## ${version}" with something in it, got none`);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return `${notes}\n`;
}

/** The text below `## <version>`, to the next section. */
function sectionOf(changeLog: string, version: string): string {
  const [, ...sections] = changeLog.split(/^## /m);
  const found = sections.find((section) => section.split(/\s/, 1)[0] === version);
  return found?.slice(found.indexOf("\n")).trim() ?? "";
}
