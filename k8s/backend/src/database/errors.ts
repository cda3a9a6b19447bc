// Which failures mean that there is no database to talk to, and how requests learn of it.
import pg from "pg";

/** There is no usable database now; the same may work later. */
export class DatabaseDown extends Error {
  override name = "DatabaseDown";
}

/** `migrate` did not get to its end. */
export class NotPrepared extends Error {
  override name = "NotPrepared";
}

/**
 * SQLSTATEs of a server that cannot serve us for now: connection exceptions, a login that is not there yet or gets
 * another password, too many connections, starting or shutting down, and a former primary that only reads
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
const passing = /^(08...|28...|53300|57P0[1-5]|25006)$/;

/** Everything that is no answer of the database, and the answers that say "not now". */
export const isOutage = (error: unknown): boolean =>
  !(error instanceof pg.DatabaseError) || passing.test(error.code ?? "");

/**
 * Too much to do, which is no outage: the statement's time was over (SQLSTATE 57014), or every connection of the pool was
 * in use for too long. The pool has no other sign of that than its message (pg-pool 3, index.js; a connection that
 * cannot be made has another one). Were the database gone, its ping would say so.
 */
export const tookTooLong = (error: unknown): boolean =>
  error instanceof pg.DatabaseError
    ? error.code === "57014"
    : error instanceof Error && error.message === "timeout exceeded when trying to connect";
