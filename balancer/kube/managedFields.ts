// Cuts out of an object's JSON text who set which of its fields: half of a pod, and with its many odd keys dear to parse.

// As the API server spells it: without spaces, the last member of `metadata`. No string can hold either text, since its
// quotes would be escaped there, and no entry holds an array that might end like this one.
const beginning = Buffer.from(',"managedFields":[');
const end = Buffer.from(']},"spec":{');

/** The text without that member; the whole text where it is spelled otherwise. */
export function withoutManagedFields(object: Buffer): string {
  const from = object.indexOf(beginning);
  const to = from < 0 ? -1 : object.indexOf(end, from);
  if (to < 0) return object.toString("utf8");
  return object.toString("utf8", 0, from) + object.toString("utf8", to + 1);
}
