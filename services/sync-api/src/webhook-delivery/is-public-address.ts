import ipaddr from "ipaddr.js";

/** All that is routed on the internet (RFC 4291); ranges that some kernels route otherwise are not in it. */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");
/** Azure answers every machine in it there, with secrets of the machine; it looks like any public address. */
const platformAddresses: ReadonlySet<string> = new Set(["168.63.129.16"]);

/**
 * True for an address that is on the internet for everybody. What embeds another address (IPv4-mapped, NAT64, 6to4, Teredo),
 * is private, local, shared by a carrier, reserved or multicast is not.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== "unicast") return false;
  if (parsed.kind() === "ipv4") return !platformAddresses.has(parsed.toString());
  return (parsed as ipaddr.IPv6).match(globalUnicast);
}
