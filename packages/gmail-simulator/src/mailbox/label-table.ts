import type { UserLabel } from "./message-source.ts";

export interface LabelResource {
  readonly id: string;
  readonly name: string;
  readonly type: "system" | "user";
  readonly messageListVisibility?: "show" | "hide";
  readonly labelListVisibility?: "labelShow" | "labelHide" | "labelShowIfUnread";
}

/** The labels of one mailbox: Gmail's system labels and the user's own. */
export class LabelTable {
  private readonly userLabels = new Map<string, string>();
  private readonly removed = new Set<string>();
  private created = 0;

  constructor(userLabels: readonly UserLabel[]) {
    for (const { id, name } of userLabels) this.userLabels.set(id, name);
  }

  list(): LabelResource[] {
    const user = [...this.userLabels].map(([id, name]) => toUserResource(id, name));
    return [...SYSTEM_LABELS.map(toSystemResource), ...user];
  }

  find(id: string): LabelResource | null {
    const name = this.userLabels.get(id);
    if (name !== undefined) return toUserResource(id, name);
    return SYSTEM_LABELS.includes(id) ? toSystemResource(id) : null;
  }

  /** The id of a label by its name as it stands in a search: case and "-" for spaces do not matter. */
  findIdByName(name: string): string | null {
    const wanted = normalise(name);
    for (const [id, label] of this.userLabels) if (normalise(label) === wanted || id === name) return id;
    return SYSTEM_LABELS.find((label) => normalise(label) === wanted) ?? null;
  }

  /** Makes a label; throws when the name is taken. Returns it. */
  create(name: string): LabelResource {
    if (this.findIdByName(name) !== null) throw new RangeError(`label name is taken: ${name}`);
    let id = "";
    do id = `Label_${++this.created}`;
    while (this.userLabels.has(id) || this.removed.has(id));
    this.userLabels.set(id, name);
    return toUserResource(id, name);
  }

  /** False when there is no such label of the user's own. */
  rename(id: string, name: string): boolean {
    if (!this.userLabels.has(id)) return false;
    this.userLabels.set(id, name);
    return true;
  }

  /** Removes a label from the mailbox and so from every message. False when there is none. */
  remove(id: string): boolean {
    if (!this.userLabels.delete(id)) return false;
    this.removed.add(id);
    return true;
  }

  /** The same list without labels that were removed since. */
  withoutRemoved(labelIds: readonly string[]): readonly string[] {
    if (this.removed.size === 0) return labelIds;
    return labelIds.some((id) => this.removed.has(id))
      ? labelIds.filter((id) => !this.removed.has(id))
      : labelIds;
  }
}

/** https://developers.google.com/gmail/api/guides/labels */
const SYSTEM_LABELS: readonly string[] = [
  "CHAT",
  "SENT",
  "INBOX",
  "IMPORTANT",
  "TRASH",
  "DRAFT",
  "SPAM",
  "CATEGORY_FORUMS",
  "CATEGORY_UPDATES",
  "CATEGORY_PERSONAL",
  "CATEGORY_PROMOTIONS",
  "CATEGORY_SOCIAL",
  "STARRED",
  "UNREAD",
];

function toSystemResource(id: string): LabelResource {
  const hidden = id.startsWith("CATEGORY_");
  return hidden
    ? { id, name: id, messageListVisibility: "hide", labelListVisibility: "labelHide", type: "system" }
    : { id, name: id, type: "system" };
}

function toUserResource(id: string, name: string): LabelResource {
  return { id, name, messageListVisibility: "show", labelListVisibility: "labelShow", type: "user" };
}

function normalise(name: string): string {
  return name.toLowerCase().replaceAll(/[\s/]/g, "-");
}
