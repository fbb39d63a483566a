import { describe, expect, it } from "vitest";
import { cidrsOf } from "#base";
import { isAllowedAddress } from "#door";

const OFFICE = cidrsOf("203.0.113.0/24");
const SERVER = cidrsOf("203.0.113.7", "2001:db8::7");

describe("isAllowedAddress", () => {
  it.each([
    {
      when: "the merchant's list alone holds it",
      address: "203.0.113.9",
      lists: [OFFICE, undefined],
      allowed: true,
    },
    {
      when: "the key's list alone holds it",
      address: "2001:db8::7",
      lists: [undefined, SERVER],
      allowed: true,
    },
    { when: "both lists hold it", address: "203.0.113.7", lists: [OFFICE, SERVER], allowed: true },
    {
      when: "only the merchant's of both holds it",
      address: "203.0.113.9",
      lists: [OFFICE, SERVER],
      allowed: false,
    },
    {
      when: "only the key's of both holds it",
      address: "2001:db8::7",
      lists: [OFFICE, SERVER],
      allowed: false,
    },
    { when: "neither holds it", address: "198.51.100.1", lists: [OFFICE, SERVER], allowed: false },
    {
      when: "it is IPv4 in IPv6's dress",
      address: "::ffff:203.0.113.7",
      lists: [OFFICE, SERVER],
      allowed: true,
    },
    {
      when: "no list is set",
      address: "198.51.100.1",
      lists: [undefined, undefined],
      allowed: true,
    },
    { when: "no list is set, nor an address", address: null, lists: [undefined], allowed: true },
    { when: "the address is absent", address: null, lists: [OFFICE], allowed: false },
    { when: "the address is empty", address: "", lists: [OFFICE], allowed: false },
    {
      when: "the header holds two addresses",
      address: "203.0.113.7, 203.0.113.7",
      lists: [OFFICE],
      allowed: false,
    },
    { when: "a list is empty", address: "203.0.113.7", lists: [[]], allowed: false },
  ])("api.md 8: when $when: $allowed", ({ address, lists, allowed }) => {
    expect(isAllowedAddress(address, ...lists)).toBe(allowed);
  });
});
