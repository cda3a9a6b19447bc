// Which failures mean that there is no database to talk to, and how requests learn of it.
import pg from "pg";

/** There is no usable database now; the same may work later. */
export class DatabaseDown extends Error {
  override name = "DatabaseDown";
}

/**
 * SQLSTATEs of a server that cannot serve us for now: connection exceptions, too many connections, starting or shutting
 * down, and a former primary that only reads (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
const passing = /^(08...|53300|57P0[1-5]|25006)$/;

/** Everything that is no answer of the database, and the answers that say "not now". */
export const isOutage = (error: unknown): boolean =>
  !(error instanceof pg.DatabaseError) || passing.test(error.code ?? "");
