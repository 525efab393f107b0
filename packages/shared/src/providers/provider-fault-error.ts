import type { ProviderFault } from "./mail-provider.ts";

/** A fault that is met after an answer has begun, while its content is read. */
export class ProviderFaultError extends Error {
  readonly code = "provider_fault";
  readonly fault: ProviderFault;
  constructor(fault: ProviderFault, cause?: unknown) {
    super(fault.message, { cause });
    this.name = "ProviderFaultError";
    this.fault = fault;
  }
}
