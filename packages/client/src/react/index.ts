"use client";

export { MillraceProvider, type MillraceProviderProps } from "./millrace-provider.tsx";
export { type ProgressMessages, progressMessages } from "./progress-messages.ts";
export { SyncProgress, type SyncProgressProps } from "./sync-progress.tsx";
export { useMillrace } from "./use-millrace.ts";
export { type StartSync, useStartSync } from "./use-start-sync.ts";
export { type SyncView, useSync } from "./use-sync.ts";
export { type SyncsView, useSyncs } from "./use-syncs.ts";
export { type ProgressTone, type ProgressView, viewProgress } from "./view-progress.ts";
