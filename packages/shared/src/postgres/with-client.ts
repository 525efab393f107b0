import type { Pool, PoolClient } from "./create-pool.ts";

/**
 * Works with one connection of a pool, and gives it back. A connection that breaks while it is out raises an
 * event that would end the process if nobody listened; here it only makes the work fail.
 *
 * @param work a failure of it closes the connection, unless `keepsConnection` says that it is sound
 */
export async function withClient<T>(
  pool: Pick<Pool, "connect">,
  work: (client: PoolClient) => Promise<T>,
  keepsConnection: (error: unknown) => boolean = () => false,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on("error", onError);
  try {
    return await work(client);
  } catch (error) {
    if (!keepsConnection(error)) broken ??= error as Error;
    throw error;
  } finally {
    client.off("error", onError);
    client.release(broken);
  }
}
