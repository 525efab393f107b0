import "./dead-letters.css";
import type { DeadLetter } from "@millrace/client";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { MailCheck, RotateCcw } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "wouter";
import { useAccounts } from "../../api/accounts.ts";
import { overviewKey } from "../../api/watching.ts";
import { plural } from "../../format/numbers.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { Empty, Page, Panel, Problem, Skeleton } from "../../ui/panels.tsx";
import { toast } from "../../ui/toast.tsx";
import { LetterFilters, useLetterFilter } from "./letter-filters.tsx";
import { LetterPanel } from "./letter-panel.tsx";
import { LetterTable } from "./letter-table.tsx";

const pageSize = 50;

/** Messages that were set aside: why, and what to do about them. */
export function DeadLetters() {
  const { millrace, can } = useAccess();
  const queries = useQueryClient();
  const accounts = useAccounts();
  const filter = useLetterFilter();
  const [params, setParams] = useSearchParams();
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const list = useInfiniteQuery({
    queryKey: ["letters", filter],
    initialPageParam: "",
    refetchInterval: 5_000,
    queryFn: ({ pageParam, signal }) =>
      millrace.deadLetters
        .list(filter)
        .page({ limit: pageSize, signal, ...(pageParam !== "" && { cursor: pageParam }) }),
    getNextPageParam: (page) => page.nextCursor,
  });
  const letters = list.data?.pages.flatMap(({ items }) => [...items]);
  const open = letters?.find(({ id }) => id === params.get("letter"));
  const show = (id: string | null): void =>
    setParams(
      (before) => {
        if (id === null) before.delete("letter");
        else before.set("letter", id);
        return before;
      },
      { replace: true },
    );
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
      <Panel isBare>
        <LetterFilters accounts={accounts.data ?? []} />
        {list.error !== null && letters === undefined && (
          <div className="panel-body">
            <Problem error={list.error} onRetry={() => void list.refetch()} />
          </div>
        )}
        {letters === undefined && list.error === null && <Skeleton lines={5} />}
        {letters?.length === 0 && (
          <Empty icon={MailCheck} title={isOpenState ? "Nothing is set aside" : "None of these"}>
            {isOpenState
              ? "Messages that cannot be parsed or stored, or whose attempts are used up, wait here for you."
              : "Choose another state, reason or account."}
          </Empty>
        )}
        {letters !== undefined && letters.length > 0 && (
          <LetterTable
            letters={letters}
            accounts={accounts.data ?? []}
            picked={picked}
            onPick={canRedrive ? setPicked : null}
            onShow={({ id }: DeadLetter) => show(id)}
          />
        )}
        {list.hasNextPage && (
          <div className="panel-body even">
            <Button isSmall disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              Show more
            </Button>
          </div>
        )}
      </Panel>
      {open !== undefined && <LetterPanel letter={open} onClose={() => show(null)} onChanged={readAgain} />}
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
