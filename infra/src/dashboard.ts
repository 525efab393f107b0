import { buildDashboard, dashboardDist } from "./dashboard/build-dashboard.ts";

/** `npm run dashboard`: builds what sync-api serves at `/`, unless that is up to date. */
try {
  const isNew = await buildDashboard();
  process.stdout.write(isNew ? `Built in ${dashboardDist}\n` : "The dashboard is up to date.\n");
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
