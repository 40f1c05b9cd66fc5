// The dashboard, wired: theme, requests, the live session, the pages.
// In a layer, so that the page's own styles override it, whatever the load order.
import '@mantine/core/styles.layer.css'
import '@mantine/notifications/styles.layer.css'
import './theme/tokens.css'

import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { patience } from './api/patience'
import { browserDependencies } from './live/dependencies'
import { SessionContext } from './live/hooks'
import { Session } from './live/session'
import { keysOf } from './model/quantities'
import { router } from './shell/router'
import { Door } from './signin/Door'
import { signInByAddress } from './signin/token'
import { SchemeProvider } from './theme/SchemeProvider'
import { theme, variables } from './theme/theme'
import { DEFAULT_CHARTS, readCharts } from './view/chartChoice'
import { parseQuery, parseView } from './view/urlState'

const AT_ONCE_MS = 150

await signInByAddress()
const session = new Session(browserDependencies(document))
// Curves that the URL names are requested before rendering; others are requested by the charts.
const { runs: linked = [], charts = DEFAULT_CHARTS } = parseView(parseQuery(location.search))
session.want(linked, readCharts(charts).flatMap(({ quantity }) => keysOf(quantity)))
session.start()
// A lab that answers at once is drawn once, with its rows; the page does not wait for any other.
await Promise.race([session.answered, new Promise((resolve) => setTimeout(resolve, AT_ONCE_MS))])

const queries = new QueryClient({ defaultOptions: patience })

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <Notifications position="bottom-left" autoClose={5000} />
      <QueryClientProvider client={queries}>
        <SessionContext value={session}>
          <Door>
            <SchemeProvider>
              <RouterProvider router={router} />
            </SchemeProvider>
          </Door>
        </SessionContext>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
