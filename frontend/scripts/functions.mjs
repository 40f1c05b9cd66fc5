// Prints the number of lines of each function in a folder of TypeScript, one a line: `node scripts/functions.mjs FOLDER`.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import ts from 'typescript'

const [folder] = process.argv.slice(2)
for (const name of readdirSync(folder, { recursive: true })) {
  if (!/\.tsx?$/.test(name) || name.endsWith('.d.ts')) continue
  const source = ts.createSourceFile(name, readFileSync(join(folder, name), 'utf8'), ts.ScriptTarget.Latest, true)
  const lineAt = (position) => source.getLineAndCharacterOfPosition(position).line
  const visit = (node) => {
    // Callbacks inside an expression are part of the function around them.
    const named = ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || (ts.isArrowFunction(node) && ts.isVariableDeclaration(node.parent))
    if (named) console.log(lineAt(node.getEnd()) - lineAt(node.getStart()) + 1)
    ts.forEachChild(node, visit)
  }
  visit(source)
}
