import react from '@vitejs/plugin-react'
import { loadEnv, type Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

/** Where `npm run dev` finds a running lab. */
const LAB = loadEnv('', '.', 'SKIPLAB_').SKIPLAB_DEV_URL ?? 'http://127.0.0.1:8000'

/**
 * What is wanted at once, but by something that has to come first: the document asks for it beforehand. Plotly is asked
 * for by a script; the font by what is written on the page, which would be laid out a second time.
 */
const PRELOADED: readonly (readonly [RegExp, Record<string, string>])[] = [
  [/plotly-cartesian[^/]*\.js$/, { rel: 'modulepreload' }],
  [/inter-latin-[^/]*\.woff2$/, { rel: 'preload', as: 'font', type: 'font/woff2' }],
]

function preloaded(): Plugin {
  return {
    name: 'preloaded',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (_, { bundle = {} }) =>
        PRELOADED.flatMap(([name, attrs]) =>
          Object.keys(bundle)
            .filter((fileName) => name.test(fileName))
            .map((fileName) => ({ tag: 'link', attrs: { ...attrs, crossorigin: true, href: `./${fileName}` }, injectTo: 'head-prepend' as const })),
        ),
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
