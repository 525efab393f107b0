import type { gmail_v1 } from "@googleapis/gmail";
import { expect, test } from "vitest";
import { readLabels } from "./list-labels.ts";

test("labels have their name, kind and colours", () => {
  const labels: gmail_v1.Schema$Label[] = [
    { id: "INBOX", name: "INBOX", type: "system", messageListVisibility: "hide" },
    {
      id: "Label_1",
      name: "Work/Reports",
      type: "user",
      color: { textColor: "#ffffff", backgroundColor: "#16a766" },
    },
    { id: "Label_2", name: "", color: { textColor: "" } },
  ];
  expect(readLabels({ labels })).toEqual([
    { id: "INBOX", name: "INBOX", type: "system", textColor: null, backgroundColor: null },
    { id: "Label_1", name: "Work/Reports", type: "user", textColor: "#ffffff", backgroundColor: "#16a766" },
    { id: "Label_2", name: "Label_2", type: "system", textColor: null, backgroundColor: null },
  ]);
});

test("what is cut short is no list: its messages would lose their labels", () => {
  for (const data of [
    "",
    null,
    {},
    { labels: [] },
    { labels: [{ id: "INBOX" }, { name: "x" }] },
    { labels: [{ id: "" }] },
  ])
    expect(() => readLabels(data)).toThrow();
});
