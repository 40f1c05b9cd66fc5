// One run: its status and facts, and a tab for each kind of record.
import { Badge, Skeleton, Tabs } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { Fragment, useState, type ReactNode } from 'react'

import { isLabRun, type LabRun, type Run } from '../api/types'
import { cardOf } from '../api/figures'
import { useRun } from '../live/useRun'
import { HighlightContext } from '../model/highlight'
import { NetworkDetails } from '../networks/NetworkDetails'
import { StatusCell } from '../runs/StatusCell'
import { Guard } from '../ui/Guard'
import { NotFound } from '../ui/NotFound'
import { Page } from '../ui/Page'
import { Panel } from '../ui/Panel'
import { useInSight } from '../ui/useInSight'
import { useViewPart } from '../view/useView'
import { ClassesTab } from './ClassesTab'
import { ConfigTab } from './ConfigTab'
import { CurvesTab } from './CurvesTab'
import { EnvironmentTab } from './EnvironmentTab'
import { FactList } from './FactList'
import { FilesTab } from './FilesTab'
import { GradientsTab } from './GradientsTab'
import { HistoryTab } from './HistoryTab'
import { LoadTab } from './LoadTab'
import { LogTab } from './LogTab'
import { MediaTab } from './MediaTab'
import { MistakesTab } from './MistakesTab'
import { NoteEditor } from './NoteEditor'
import classes from './run.module.css'
import { RunActions } from './RunActions'

interface Tab {
  key: string
  title: string
  /** Shows what only the lab's own engine records: runs of other kinds have no such tab. */
  isLabOnly?: true
  /** Shows what only clients log. */
  isLogged?: true
  content: (run: Run) => ReactNode
}

const ofLabRun =
  (content: (run: LabRun) => ReactNode) =>
  (run: Run): ReactNode =>
    isLabRun(run) ? content(run) : null

const TABS: readonly [Tab, ...Tab[]] = [
  { key: 'curves', title: 'Charts', content: (run) => <CurvesTab run={run} /> },
  { key: 'gradients', title: cardOf('gradients').title, isLabOnly: true, content: (run) => <GradientsTab run={run} /> },
  { key: 'classes', title: 'Classes', isLabOnly: true, content: (run) => <ClassesTab run={run} /> },
  { key: 'mistakes', title: 'Mistakes', isLabOnly: true, content: ofLabRun((run) => <MistakesTab run={run} />) },
  { key: 'layers', title: 'Layers', isLabOnly: true, content: ofLabRun((run) => <NetworkDetails network={run.spec.model} own={run.network} />) },
  { key: 'media', title: 'Media', isLogged: true, content: (run) => <MediaTab run={run} /> },
  { key: 'config', title: 'Config', content: (run) => <ConfigTab run={run} /> },
  { key: 'environment', title: 'Environment', content: (run) => <EnvironmentTab run={run} /> },
  { key: 'load', title: 'System', content: (run) => <LoadTab run={run} /> },
  { key: 'log', title: 'Log', content: (run) => <LogTab run={run} /> },
  { key: 'files', title: 'Files', content: (run) => <FilesTab run={run} /> },
  { key: 'history', title: 'History', content: (run) => <HistoryTab run={run} /> },
]

export function RunPage() {
  const { run: id } = useParams({ from: '/runs/$run' })
  const { run, missing, problem, retry } = useRun(Number(id))
  const focus = useState<number | null>(null)
  if (missing) return <NotFound title={`There is no run ${id}`} />
  return (
    <HighlightContext value={focus}>
      <Page width="reading" loading={run === undefined && problem === null ? 'Loading the run' : undefined}>
        <Guard wanted={`load run ${id}`} found={run} problem={problem} onRetry={retry} waiting={<Waiting />}>
          {(found) => (
            // The router keeps the page from one run to the next; what is being written or chosen belongs to the one run.
            <Fragment key={found.id}>
              <Head run={found} />
              <RunTabs run={found} />
            </Fragment>
          )}
        </Guard>
      </Page>
    </HighlightContext>
  )
}

function Head({ run }: { run: Run }) {
  return (
    <Panel
      title={`#${run.id} ${run.name}`}
      aside={
        <>
          {run.archived && (
            <Badge variant="outline" color="gray" tt="none" className={classes.archived ?? ''} title="Hidden from the table of runs by default">
              archived
            </Badge>
          )}
          {run.tags.map((tag) => (
            <Badge key={tag} variant="light" color="gray" tt="none">
              {tag}
            </Badge>
          ))}
        </>
      }
      actions={<RunActions run={run} />}
    >
      <div className={classes.head}>
        <div className={classes.state}>
          <StatusCell run={run} whole />
        </div>
        <FactList run={run} />
        <NoteEditor run={run} />
      </div>
    </Panel>
  )
}

function RunTabs({ run }: { run: Run }) {
  const [tab, setTab] = useViewPart('tab')
  const tabs = TABS.filter(({ isLabOnly, isLogged }) => (isLabRun(run) ? !isLogged : !isLabOnly))
  const open = tabs.find(({ key }) => key === tab) ?? TABS[0]
  const list = useInSight('[aria-selected=true]', open.key)
  return (
    <Tabs
      value={open.key}
      onChange={(key) => {
        setTab(key === null || key === TABS[0].key ? undefined : key)
      }}
      keepMounted={false}
      className={classes.tabs ?? ''}
    >
      <Tabs.List ref={list} className={classes.tabList ?? ''}>
        {tabs.map(({ key, title }) => (
          <Tabs.Tab key={key} value={key}>
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ key, content }) => (
        <Tabs.Panel key={key} value={key} className={classes.tab ?? ''}>
          {content(run)}
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}

function Waiting() {
  return (
    <>
      <Skeleton height={140} radius="md" />
      <Skeleton height={420} radius="md" />
    </>
  )
}
