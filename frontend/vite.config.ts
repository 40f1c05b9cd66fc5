import react from '@vitejs/plugin-react'
import { loadEnv, type Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

/** Where `npm run dev` finds a running lab. */
const LAB = loadEnv('', '.', 'SKIPLAB_').SKIPLAB_DEV_URL ?? 'http://127.0.0.1:8000'

/** Plotly is wanted at once, but by a script that has to run first: the document asks for it beforehand. */
function preloaded(): Plugin {
  return {
    name: 'preloaded',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (_, { bundle = {} }) =>
        Object.keys(bundle)
          .filter((fileName) => /plotly-cartesian[^/]*\.js$/.test(fileName))
          .map((fileName) => ({ tag: 'link', attrs: { rel: 'modulepreload', crossorigin: true, href: `./${fileName}` }, injectTo: 'head-prepend' as const })),
    },
  }
}

export default defineConfig({
  plugins: [react(), preloaded()],
  // Relative addresses: the page works under any path that a proxy puts the lab at.
  base: './',
  build: {
    target: 'es2023',
    // Nothing becomes a data: address; the content security policy allows files only.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What every page has in one file: thirty small ones wait for each other, six connections at a time.
          groups: [{ name: 'page', test: (id: string) => !id.includes('plotly'), tags: ['$initial'] }],
        },
      },
    },
    // Plotly is one file of 1.4 MB by nature, and loads beside the page, not before it; its strict bundle of 5 MB comes
    // only to who looks at parallel coordinates.
    chunkSizeWarningLimit: 5000,
  },
  server: { proxy: { '/api': LAB, '/readyz': LAB } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
})
