import { unpackDebianProgram } from "../debian/unpack-debian-program.ts";

/**
 * Takes nats-server out of Debian's package; the one of its stable suite is too old.
 *
 * @param destination where the program is put (its folder exists).
 * @throws Error that says why it cannot be had.
 */
export const unpackNatsServer = (destination: string, etc?: string): Promise<void> =>
  unpackDebianProgram(
    { packageName: "nats-server", program: "nats-server", isFromTesting: true },
    destination,
    etc,
  );
