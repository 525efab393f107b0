import { keepAttachment, noteFailure } from "@millrace/shared/attachments/keep-attachment";
import { openContent } from "@millrace/shared/attachments/open-content";
import { createRawMessages } from "@millrace/shared/attachments/raw-messages";
import type { PutBlob } from "@millrace/shared/blobs/blob-store";
import { loadAccount } from "@millrace/shared/postgres/load-account";
import type { ProviderFault, ProviderSession } from "@millrace/shared/providers/mail-provider";
import { ProviderFaultError } from "@millrace/shared/providers/provider-fault-error";
import type { ApiPorts } from "../api.ts";
import { ApiProblem, notFound } from "../http/problem.ts";
import type { AttachmentRow } from "./attachment-rows.ts";
import { problemOfFault } from "./problem-of-fault.ts";

/** Contents that are fetched at a time: each holds a connection to a provider, and some buffers. */
const fetchesMax = 32;
/** So that others find room, whatever one tenant asks for. */
const fetchesOfTenantMax = 8;

/** Content that is not kept yet. Its methods throw ApiProblem, `signal.reason`, and what our stores throw. */
export interface ContentSource {
  /** Fetches it into the blob store. */
  keep(row: AttachmentRow, signal: AbortSignal): Promise<PutBlob>;
  /** Passes it through. Resolves when it has begun to come: what breaks off later breaks the answer off. */
  pass(row: AttachmentRow, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

export function createContentSource(ports: ApiPorts): ContentSource {
  const raws = createRawMessages(ports.pool);
  let fetches = 0;
  const byTenant = new Map<string, number>();
  /** @returns what ends it; called once */
  const begin = ({ tenantId }: AttachmentRow): (() => void) => {
    const own = byTenant.get(tenantId) ?? 0;
    if (fetches >= fetchesMax || own >= fetchesOfTenantMax) {
      const whose = own >= fetchesOfTenantMax ? `${own} of your attachments` : `${fetches} attachments`;
      throw new ApiProblem("busy", `${whose} are being fetched. Try again shortly.`, {
        headers: { "retry-after": "2" },
      });
    }
    fetches++;
    byTenant.set(tenantId, own + 1);
    return () => {
      fetches--;
      const left = (byTenant.get(tenantId) ?? 0) - 1;
      if (left > 0) byTenant.set(tenantId, left);
      else byTenant.delete(tenantId);
    };
  };

  return {
    async keep(row, signal) {
      const end = begin(row);
      try {
        const kept = await keepAttachment({ ...ports, raws }, await connect(ports, row), row, signal);
        if (kept.ok) return kept.value;
        await noteIfFinal(ports, row, kept.fault);
        throw problemOfFault(kept.fault, Date.now());
      } finally {
        end();
      }
    },
    async pass(row, signal) {
      const end = begin(row);
      try {
        const content = await openContent(raws, await connect(ports, row), row, signal);
        if (content.ok) return await begun(content.value, signal, end);
        await noteIfFinal(ports, row, content.fault);
        throw problemOfFault(content.fault, Date.now());
      } catch (error) {
        end();
        throw error instanceof ProviderFaultError ? problemOfFault(error.fault, Date.now()) : error;
      }
    },
  };
}

async function connect({ pool, keyring, provider }: ApiPorts, row: AttachmentRow): Promise<ProviderSession> {
  const account = await loadAccount(pool, keyring, row);
  if (account === null) throw notFound("account", "/v1/accounts"); // removed a moment ago
  return provider.connect(account);
}

async function noteIfFinal({ pool }: ApiPorts, row: AttachmentRow, fault: ProviderFault): Promise<void> {
  if (fault.category === "gone" || fault.category === "bad_item") await noteFailure(pool, row, fault);
}

/** The first piece is waited for, so that what fails at once is a problem document and no broken answer. */
async function begun(
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  end: () => void,
): Promise<AsyncIterable<Uint8Array>> {
  const pieces = content[Symbol.asyncIterator]();
  const first = await pieces.next();
  // A client that leaves may do so before anybody reads: the signal comes in any case.
  let hasEnded = false;
  const endOnce = (): void => {
    if (!hasEnded) end();
    hasEnded = true;
  };
  signal.addEventListener("abort", endOnce, { once: true });
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      for (let next = first; next.done !== true; next = await pieces.next()) yield next.value;
    } finally {
      signal.removeEventListener("abort", endOnce);
      endOnce();
      await pieces.return?.();
    }
  }
  return all();
}
