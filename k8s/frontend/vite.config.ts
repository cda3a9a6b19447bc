// How the page is built (flat files: a ConfigMap has no folders) and served while one works on it (`npm run page`).
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    assetsDir: "",
    modulePreload: { polyfill: false },
    // Inlined files would be `data:` URLs, which the page's content security policy allows for images only.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: { proxy: { "/api": process.env["API_URL"] ?? "http://127.0.0.1:8080" } },
});
