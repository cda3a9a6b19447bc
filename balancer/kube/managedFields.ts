// Cuts out of an object's JSON text who set which of its fields: with its many odd keys the dearest part of a pod to parse.

const quote = 0x22;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** As the API server spells it, without spaces, behind other members. Inside of a string its quotes would be escaped. */
const member = Buffer.from(',"managedFields":[');

/** The text without that member; the whole text where it is spelled otherwise, or has no end. */
export function withoutManagedFields(object: Buffer): string {
  const start = object.indexOf(member);
  const end = start < 0 ? -1 : endOfArray(object, start + member.length);
  if (end < 0) return object.toString("utf8");
  return object.toString("utf8", 0, start) + object.toString("utf8", end);
}

/** @param from behind its opening bracket. @returns the place behind its closing one; -1: there is none */
function endOfArray(text: Buffer, from: number): number {
  let open = 1;
  let inString = false;
  for (let at = from; at < text.length; at++) {
    const byte = text[at]!;
    if (inString) {
      if (byte === backslash) at++;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if (byte === openBracket) open++;
    else if (byte === closeBracket && --open === 0) return at + 1;
  }
  return -1;
}
