import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const compressible = /\.(?:html|js|css|svg)$/;

/** sync-api sends what was compressed here: it spends no time on it, and compresses nothing that somebody sends it. */
function precompress(): Plugin {
  let dist = "";
  return {
    name: "precompress",
    apply: "build",
    configResolved({ root, build }) {
      dist = resolve(root, build.outDir);
    },
    closeBundle() {
      for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
        if (!compressible.test(file)) continue;
        const content = readFileSync(join(dist, file));
        writeFileSync(join(dist, `${file}.gz`), gzipSync(content, { level: 9 }));
        writeFileSync(join(dist, `${file}.br`), brotliCompressSync(content));
      }
    },
  };
}

/** Files are served below /dashboard/, so that no address of theirs is ever one of the API's or a screen's. */
export default defineConfig(({ command }) => ({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: command === "build" ? "/dashboard/" : "/",
  plugins: [react(), precompress()],
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  // `npx vite` in this folder, for who works on the dashboard: asks the API of `npm start`.
  server: { proxy: { "^/(v1|dashboard\\.json)": "http://127.0.0.1:8750" } },
}));
