import type { z } from "zod";
import type { syncApiConfigSchema } from "../config.ts";
import { isPublicAddress } from "./is-public-address.ts";

/** Where webhooks may go. */
export interface WebhookRules {
  readonly allowHttp: boolean;
  /** Null: any. */
  readonly ports: readonly number[] | null;
  readonly isAllowedAddress: (address: string) => boolean;
  /** Names are looked up as the machine does, /etc/hosts included, and not by DNS alone. */
  readonly usesMachineNames: boolean;
}

type Config = Pick<
  z.output<typeof syncApiConfigSchema>,
  "WEBHOOKS_ALLOW_HTTP" | "WEBHOOKS_ALLOW_PRIVATE" | "WEBHOOKS_PORTS"
>;

/** The internet, over HTTPS, unless the configuration says more. */
export function webhookRulesOf(config: Config): WebhookRules {
  const isPrivateAllowed = config.WEBHOOKS_ALLOW_PRIVATE;
  return {
    allowHttp: config.WEBHOOKS_ALLOW_HTTP,
    ports: isPrivateAllowed ? null : config.WEBHOOKS_PORTS,
    isAllowedAddress: isPrivateAllowed ? () => true : isPublicAddress,
    usesMachineNames: isPrivateAllowed,
  };
}
