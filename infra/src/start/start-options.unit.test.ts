import { expect, test } from "vitest";
import { addressName, demoMailbox } from "./demo-mailbox.ts";
import { parseStartOptions, UsageError } from "./start-options.ts";

const parse = (...args: string[]) => parseStartOptions(args, "/home/me");

test("without options: 5,000 generated messages, quotas off, port 8750 or the next free one", () => {
  expect(parse()).toEqual({
    demo: { kind: "generate", messages: 5_000 },
    seed: null,
    content: "full",
    quotas: "off",
    port: 8_750,
    portChosen: false,
    exit: false,
    json: false,
    help: false,
  });
});

test("paths are those of the person, not of the checkout", () => {
  expect(parse("--mbox", "mail/all.mbox").demo).toEqual({ kind: "mbox", path: "/home/me/mail/all.mbox" });
  expect(parse("--maildir=/srv/Maildir").demo).toEqual({ kind: "maildir", path: "/srv/Maildir" });
});

test("what cannot be meant is refused in words that name the option", () => {
  const refusals: [string[], string][] = [
    [["--messages", "many"], "--messages takes a whole number"],
    [["--messages=-1"], "--messages"],
    [["--port", "0"], "--port takes a whole number from 1 to 65535"],
    [["--content", "all"], "--content takes full, raw, metadata"],
    [["--quotas", "none"], "--quotas takes off"],
    [["--mbox", "a", "--maildir", "b"], "exclude each other"],
    [["--no-demo", "--exit"], "--exit"],
    [["--no-demo", "--messages", "5"], "--no-demo"],
    [["--nonsense"], "--nonsense"],
    [["stray"], "stray"],
  ];
  for (const [args, words] of refusals) {
    expect(() => parse(...args), args.join(" ")).toThrow(UsageError);
    expect(() => parse(...args), args.join(" ")).toThrow(words);
  }
});

test("the demo's address stands for its source and its content, whatever the seed or size", () => {
  expect(demoMailbox(parse("--messages", "7", "--seed", "42"))).toEqual({
    email: "demo@millrace.test",
    simulatorArgs: ["--generate", "demo@millrace.test=7", "--seed", "42"],
  });
  expect(demoMailbox(parse("--maildir", "corpus", "--content", "raw"))).toEqual({
    email: "corpus-81feb3-raw@millrace.test",
    simulatorArgs: ["--maildir", "corpus-81feb3-raw@millrace.test=/home/me/corpus"],
  });
  expect(demoMailbox(parse("--no-demo"))).toBeNull();
});

test("any file name makes an address", () => {
  expect(addressName("/x/All mail Including Spam and Trash.mbox")).toBe("all-mail-including-spam-and-trash");
  expect(addressName("Boîte à lettres.MBOX")).toBe("boite-a-lettres");
  expect(addressName("/x/日本/")).toBe("mailbox");
  expect(addressName("x".repeat(300))).toHaveLength(48);
});
