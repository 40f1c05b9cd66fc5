// Puts Swagger UI, for /docs, beside public/viewer/start.js: nothing is loaded from elsewhere.
import { copyFileSync } from 'node:fs'

for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css', 'LICENSE', 'NOTICE']) {
  copyFileSync(new URL(`../node_modules/swagger-ui-dist/${name}`, import.meta.url), new URL(`../dist/viewer/${name}`, import.meta.url))
}
