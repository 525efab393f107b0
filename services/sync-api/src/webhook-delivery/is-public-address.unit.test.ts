import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPublicAddress } from "./is-public-address.ts";

describe("an address", () => {
  it.each([
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "172.15.255.255",
    "172.32.0.1",
    "192.167.255.255",
    "100.63.255.255",
    "100.128.0.1",
    "2606:2800:220:1:248:1893:25c8:1946",
    "2a00:1450:4001:82a::200e",
  ])("%s is on the internet", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    ["this host", "0.0.0.0"],
    ["this network", "0.1.2.3"],
    ["loopback", "127.0.0.1"],
    ["loopback as well", "127.255.255.254"],
    ["private", "10.0.0.1"],
    ["private", "172.16.0.1"],
    ["private", "172.31.255.255"],
    ["private", "192.168.1.1"],
    ["link-local: metadata of clouds", "169.254.169.254"],
    ["link-local: metadata of containers", "169.254.170.2"],
    ["shared by a carrier", "100.64.0.1"],
    ["shared by a carrier: metadata of Alibaba", "100.100.100.200"],
    ["reserved: metadata of Oracle", "192.0.0.192"],
    ["Azure's own", "168.63.129.16"],
    ["benchmarks", "198.18.0.1"],
    ["documentation", "192.0.2.1"],
    ["documentation", "203.0.113.7"],
    ["6to4 relays", "192.88.99.1"],
    ["multicast", "224.0.0.1"],
    ["multicast", "239.255.255.250"],
    ["reserved", "240.0.0.1"],
    ["broadcast", "255.255.255.255"],
    ["unspecified", "::"],
    ["loopback", "::1"],
    ["IPv4-compatible", "::127.0.0.1"],
    ["IPv4-mapped", "::ffff:127.0.0.1"],
    ["IPv4-mapped, of a public one", "::ffff:8.8.8.8"],
    ["IPv4-mapped, in hexadecimal", "::ffff:a9fe:a9fe"],
    ["IPv4-translated", "::ffff:0:127.0.0.1"],
    ["NAT64", "64:ff9b::a9fe:a9fe"],
    ["NAT64 of a network's own", "64:ff9b:1::a00:1"],
    ["6to4", "2002:7f00:1::"],
    ["Teredo", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    ["unique local", "fd00::1"],
    ["unique local: metadata of Amazon", "fd00:ec2::254"],
    ["link-local", "fe80::1"],
    ["link-local with its interface", "fe80::1%eth0"],
    ["site-local", "fec0::1"],
    ["multicast", "ff02::1"],
    ["documentation", "2001:db8::1"],
    ["documentation", "3fff::1"],
    ["discarded", "100::1"],
    ["segment routing", "5f00::1"],
    ["not assigned to anybody", "4000::1"],
    ["no address", "localhost"],
    ["no address", ""],
    ["written otherwise", "0x7f.1"],
    ["written otherwise", "2130706433"],
  ])("that is %s is not: %s", (_, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it("of IPv4 that is embedded in one of IPv6 never is, however it is embedded", () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.tuple(octet, octet, octet, octet), ([a, b, c, d]) => {
        const four = `${a}.${b}.${c}.${d}`;
        const hex = [a * 256 + b, c * 256 + d].map((part) => part.toString(16)).join(":");
        const embedded = [`::${four}`, `::ffff:${four}`, `64:ff9b::${four}`, `2002:${hex}::`];
        expect(embedded.filter(isPublicAddress)).toEqual([]);
      }),
    );
  });
});
