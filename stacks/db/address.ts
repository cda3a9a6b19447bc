// Where a server answers.

/** PostgreSQL's port, and the only one of Azure's servers. */
const standardPort = 5432;

/** Splits `host` or `host:port`; only the local environment, which picks free ports, names one. */
export function databaseAddress(name: string): { host: string; port: number } {
  const [host = "", port] = name.split(":");
  return { host, port: port === undefined ? standardPort : Number(port) };
}
