import js from '@eslint/js'
import reactHooks from 'eslint-plugin-react-hooks'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

import floors from './floors.json' with { type: 'json' }

/** No folder of src/ imports from a floor above its own: pages -> model -> live -> api. src/folders.test.ts refuses circles. */
const borders = floors.flatMap((folders, floor) => {
  const above = floors.slice(floor + 1).flat()
  const rule = ['error', { patterns: above.map((name) => ({ regex: `^(\\.\\./)+${name}/`, message: 'It is on a floor above this folder (floors.json).' })) }]
  return folders.map((name) => ({ files: [`src/${name}/**/*.{ts,tsx}`], rules: { 'no-restricted-imports': rule } }))
})

export default defineConfig([
  globalIgnores(['dist', 'src/api/schema.d.ts']),
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked, reactHooks.configs.flat.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers in texts are what this page is made of.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `{ launch: _, ...rest }` is how a field is left out.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      // TypeScript checks this itself, and knows that `??=` reads.
      'no-unused-private-class-members': 'off',
    },
  },
  ...borders,
  {
    files: ['scripts/*.mjs', 'public/**/*.js'],
    languageOptions: { globals: Object.fromEntries(['console', 'document', 'localStorage', 'matchMedia', 'process', 'URL', 'window'].map((name) => [name, 'readonly'])) },
  },
])
