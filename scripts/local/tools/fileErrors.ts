// Says in words what a person has to do about a disk that is full or cannot be written.

const meanings: Record<string, string> = {
  ENOSPC: "the disk is full: free some space",
  EDQUOT: "the disk quota is used up: free some space",
  EACCES: "it may not be written by this user: change its permissions",
  EPERM: "it may not be written by this user: change its permissions",
  ENOENT: "no folder can be made there",
  EROFS: "it is on a disk that is mounted read-only",
  ENOTDIR: "a part of its path is a file, not a folder",
};

/** An error with one clear message when writing below `folder` failed for such a reason; any other error as it is. */
export function explainFileError(error: unknown, folder: string, remedy: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? "";
  const said = error instanceof Error && /no space left on device/i.test(error.message) ? "ENOSPC" : code;
  const meaning = meanings[said];
  if (meaning === undefined) return error;
  return new Error(`cannot write to ${folder}: ${meaning}, or ${remedy}`, { cause: error });
}
