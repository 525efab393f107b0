import { useSearchParams } from "wouter";

/** What a list is narrowed to stands in the address, so that it can be sent to a colleague. */
export function useAddress(): readonly [
  params: URLSearchParams,
  /** An empty value takes the name out of the address. */
  narrow: (name: string, value: string) => void,
] {
  const [params, setParams] = useSearchParams();
  const narrow = (name: string, value: string): void =>
    setParams(
      (before) => {
        if (value === "") before.delete(name);
        else before.set(name, value);
        return before;
      },
      { replace: true },
    );
  return [params, narrow];
}
