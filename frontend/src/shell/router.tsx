// The pages and their addresses. Runs is in the first load; the others come when they are opened.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'

import { BASE_PATH } from '../api/root'
import { RunsPage } from '../runs/RunsPage'
import { NotFound } from '../ui/NotFound'
import { parseQuery, parseView, writeView } from '../view/urlState'
import { BrokenPage } from './BrokenPage'
import { Shell } from './Shell'

const root = createRootRoute({ component: Shell, validateSearch: parseView, notFoundComponent: () => <NotFound title="There is no such page" why="The address may be mistyped, or from another version." /> })

const home = createRoute({ getParentRoute: () => root, path: '/', component: RunsPage })

const run = createRoute({ getParentRoute: () => root, path: '/runs/$run', component: lazyRouteComponent(() => import('../run/RunPage'), 'RunPage') })

const compare = createRoute({ getParentRoute: () => root, path: '/compare', component: lazyRouteComponent(() => import('../compare/ComparePage'), 'ComparePage') })

const EvidencePage = lazyRouteComponent(() => import('../evidence/EvidencePage'), 'EvidencePage')
const evidence = createRoute({ getParentRoute: () => root, path: '/evidence', component: EvidencePage })
const judged = createRoute({ getParentRoute: () => root, path: '/evidence/$experiment', component: EvidencePage })

const NetworksPage = lazyRouteComponent(() => import('../networks/NetworksPage'), 'NetworksPage')
const networks = createRoute({ getParentRoute: () => root, path: '/networks', component: NetworksPage })
const network = createRoute({ getParentRoute: () => root, path: '/networks/$network', component: NetworksPage })

const queue = createRoute({ getParentRoute: () => root, path: '/queue', component: lazyRouteComponent(() => import('../queue/QueuePage'), 'QueuePage') })

const DataPage = lazyRouteComponent(() => import('../data/DataPage'), 'DataPage')
const data = createRoute({ getParentRoute: () => root, path: '/data', component: DataPage })
const dataset = createRoute({ getParentRoute: () => root, path: '/data/$dataset', component: DataPage })

const settings = createRoute({ getParentRoute: () => root, path: '/settings', component: lazyRouteComponent(() => import('../settings/SettingsPage'), 'SettingsPage') })

export const router = createRouter({
  routeTree: root.addChildren([home, run, compare, evidence, judged, networks, network, queue, data, dataset, settings]),
  basepath: BASE_PATH,
  defaultErrorComponent: BrokenPage,
  // Parsed here, because the router would restore parameters that only a route's own parser drops.
  parseSearch: (query) => ({ ...parseView(parseQuery(query)) }),
  stringifySearch: (search) => writeView(parseView(search)),
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
