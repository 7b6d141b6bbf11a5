// Bundles the widget and copies htmx into ../front/static. `npm ci && npm run build`
import { build } from "esbuild";
import { copyFile } from "node:fs/promises";

const out = "../front/static";
await build({
  entryPoints: { widget: "src/widget.jsx" },
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2020"],
  charset: "utf8",
  jsx: "automatic",
  jsxImportSource: "preact",
  loader: { ".css": "text" },
  legalComments: "inline",
  logLevel: "warning",
});
await copyFile("node_modules/htmx.org/dist/htmx.min.js", `${out}/htmx.js`);
