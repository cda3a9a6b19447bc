// One writer per stack: a lock file that names its process, and that a dead process cannot hold.
import { claim, release } from "../../processes/claim.ts";

/** Takes the lock or throws, naming who holds it. Returns the function that gives it back. */
export function takeLock(file: string, stack: string): () => void {
  const holder = claim(file);
  if (holder) {
    throw new Error(
      `stack ${stack} is being changed by another process (PID ${holder.pid}). Wait for it, or stop it, and try again.`,
    );
  }
  return () => release(file);
}
