import react from '@vitejs/plugin-react'
import { loadEnv } from 'vite'
import { defineConfig } from 'vitest/config'

/** Where `npm run dev` finds a running lab. */
const LAB = loadEnv('', '.', 'SKIPLAB_').SKIPLAB_DEV_URL ?? 'http://127.0.0.1:8000'

export default defineConfig({
  plugins: [react()],
  // Relative addresses: the page works under any path that a proxy puts the lab at.
  base: './',
  build: {
    target: 'es2023',
    // Nothing becomes a data: address; the content security policy allows files only.
    assetsInlineLimit: 0,
    // Plotly is one file of 1.4 MB by nature, and loads beside the page, not before it; its strict bundle of 5 MB comes
    // only to who looks at parallel coordinates.
    chunkSizeWarningLimit: 5000,
  },
  server: { proxy: { '/api': LAB, '/readyz': LAB } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
})
