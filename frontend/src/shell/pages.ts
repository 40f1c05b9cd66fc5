// The pages by name, and what the window is called on each. Pure.

export const PAGES = [
  { to: '/', name: 'Runs', key: 'r', exact: true },
  { to: '/compare', name: 'Compare', key: 'c', exact: false },
  { to: '/evidence', name: 'Evidence', key: 'e', exact: false },
  { to: '/networks', name: 'Networks', key: 'w', exact: false },
  { to: '/queue', name: 'Queue', key: 'q', exact: false },
  { to: '/data', name: 'Data', key: 'd', exact: false },
  { to: '/settings', name: 'Settings', key: 't', exact: false },
] as const

const NAME = 'Skiplab'

export interface Place {
  /** The route's pattern, as `/runs/$run`. */
  route: string | undefined
  /** What the route names: a run, a network, a data set, an experiment. */
  params: Readonly<Record<string, string>>
}

/** `share`: how far what runs is, in percent; null while nothing runs. `runName`: of the run that is open. */
export function titleOf({ route = '', params }: Place, runName: string | undefined, share: number | null): string {
  const page = PAGES.find(({ to }) => route === to || (to !== '/' && route.startsWith(to)))
  const { run, experiment, network, dataset } = params
  const open = run === undefined ? (experiment && `experiment ${experiment}`) ?? network ?? dataset : [`#${run}`, runName].filter(Boolean).join(' ')
  return [share !== null && `${share}%`, open, page?.name, NAME].filter(Boolean).join(' · ')
}
