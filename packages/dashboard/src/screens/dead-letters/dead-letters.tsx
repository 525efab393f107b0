import "./dead-letters.css";
import type { DeadLetter } from "@millrace/client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { MailCheck, RotateCcw } from "lucide-react";
import { useState } from "react";
import { useAccounts } from "../../api/accounts.ts";
import { overviewKey } from "../../api/watching.ts";
import { plural } from "../../format/numbers.ts";
import { ListBody } from "../../list/list-body.tsx";
import { useAddress } from "../../list/use-address.ts";
import { useListing } from "../../list/use-listing.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { MissingNotice } from "../../ui/missing.tsx";
import { Empty, Page, Panel, Problem } from "../../ui/panels.tsx";
import { toast } from "../../ui/toast.tsx";
import { LetterFilters, useLetterFilter } from "./letter-filters.tsx";
import { LetterPanel } from "./letter-panel.tsx";
import { LetterTable } from "./letter-table.tsx";
import { useLetter } from "./use-letter.ts";

/** Messages that were set aside: why, and what to do about them. */
export function DeadLetters() {
  const { millrace, can } = useAccess();
  const queries = useQueryClient();
  const accounts = useAccounts();
  const filter = useLetterFilter();
  const [params, narrow] = useAddress();
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const list = useListing({
    queryKey: ["letters", filter],
    refetchInterval: 5_000,
    read: () => millrace.deadLetters.list(filter),
  });
  const letters = list.items;
  const wanted = params.get("letter");
  const read = useLetter(wanted, letters);
  const show = (id: string | null): void => narrow("letter", id ?? "");
  const readAgain = (): void => {
    setPicked(new Set());
    void queries.invalidateQueries({ queryKey: ["letters"] });
    void queries.invalidateQueries({ queryKey: overviewKey });
  };
  const ids = (letters ?? []).filter(({ id }) => picked.has(id)).map(({ id }) => id);
  const redrive = useMutation({
    mutationFn: () => millrace.deadLetters.redriveMany(ids.length > 0 ? { ids } : redriveAllOf(filter)),
    onSuccess: ({ redriven }) => {
      toast(`${plural(redriven, "dead letter")} redriven`);
      readAgain();
    },
  });
  const isOpenState = filter.state === "open";
  const canRedrive = can("write") && isOpenState && (letters?.length ?? 0) > 0;
  return (
    <Page
      title="Dead letters"
      about="Messages that were set aside, each with its reason"
      actions={
        canRedrive ? (
          <Button
            look="main"
            icon={<RotateCcw size={15} aria-hidden />}
            disabled={redrive.isPending}
            onClick={() => redrive.mutate()}
          >
            {ids.length > 0 ? `Redrive ${plural(ids.length, "dead letter")}` : "Redrive all of these"}
          </Button>
        ) : undefined
      }
    >
      {redrive.error !== null && <Problem error={redrive.error} />}
      {read.isMissing && (
        <MissingNotice>
          There is no dead letter <code>{wanted}</code>. It may have had its time after it was settled, or the
          address was cut when it was copied.
        </MissingNotice>
      )}
      <Panel isBare>
        <LetterFilters accounts={accounts.data ?? []} />
        <ListBody
          list={list}
          empty={
            <Empty icon={MailCheck} title={isOpenState ? "Nothing is set aside" : "None of these"}>
              {isOpenState
                ? "Messages that cannot be parsed or stored, or whose attempts are used up, wait here for you."
                : "Choose another state, reason or account."}
            </Empty>
          }
        >
          {(shown) => (
            <LetterTable
              letters={shown}
              accounts={accounts.data ?? []}
              picked={picked}
              onPick={canRedrive ? setPicked : null}
              onShow={({ id }: DeadLetter) => show(id)}
            />
          )}
        </ListBody>
      </Panel>
      {read.letter !== undefined && (
        <LetterPanel letter={read.letter} onClose={() => show(null)} onChanged={readAgain} />
      )}
    </Page>
  );
}

/** The API wants it said that nothing is to narrow what is redriven. */
function redriveAllOf({ accountId, syncId, category, scope }: ReturnType<typeof useLetterFilter>) {
  const narrow = {
    ...(accountId && { accountId }),
    ...(syncId && { syncId }),
    ...(category && { category }),
    ...(scope && { scope }),
  };
  return accountId || syncId || category ? narrow : { ...narrow, all: true as const };
}
