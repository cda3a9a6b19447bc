// What the statements need of a database: a pool and a single connection have it.
import type pg from "pg";

export interface Queries {
  query<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>>;
}
