// One page now; further pages become further routes here.
import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router'

import { BASE_PATH } from '../api/root'
import { RunsPage } from '../runs/RunsPage'
import { Shell } from './Shell'
import { parseQuery, parseView, writeView } from './search'

const root = createRootRoute({ component: Shell, validateSearch: parseView })

const home = createRoute({ getParentRoute: () => root, path: '/', component: RunsPage })

export const router = createRouter({
  routeTree: root.addChildren([home]),
  basepath: BASE_PATH,
  parseSearch: parseQuery,
  stringifySearch: (search) => writeView(parseView(search)),
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
