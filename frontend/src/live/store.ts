// What the page knows of the lab. Snapshots fill it, events of the stream keep it true; both may arrive twice or late.
import type { EventType, LabEvent } from '../api/events'
import type { Errand, Import, Run, Series, Worker } from '../api/types'
import { cut, extend, fromSeries, NO_COLUMNS, put, type Columns } from './columns'

/** The part of a run that does not change during training. */
export type Settled = Pick<Run, 'id' | 'name' | 'kind' | 'spec' | 'data' | 'archived' | 'started_at' | 'status' | 'network'>

/** The lab at one moment; never changed, only replaced. */
export interface Lab {
  readonly runs: ReadonlyMap<number, Run>
  /** The same runs, replaced only when this part changes: progress events arrive many times a second. */
  readonly settled: ReadonlyMap<number, Settled>
  readonly workers: ReadonlyMap<number, Worker>
  /** Ids of the queued runs in order, loaded or not; null until known. */
  readonly queue: readonly number[] | null
  readonly columns: ReadonlyMap<number, Columns>
  /** The newest line of each log that has grown since the page was opened. */
  readonly logs: ReadonlyMap<number, number>
  /** How many events have arrived, of each type that is kept nowhere else: whoever shows what one is about loads it again. */
  readonly counts: ReadonlyMap<EventType, number>
  /** How often a client has logged a new key. */
  readonly newKeys: number
  /** Imports that have moved since the page was opened. */
  readonly imports: ReadonlyMap<number, Import>
  /** Known errands: requested ones, and those with events since. */
  readonly errands: ReadonlyMap<number, Errand>
}

type PointEvent = Extract<LabEvent, { type: 'metrics' | 'rewind' }>

/** A pending request for columns, with the events since: the response may be older than these. */
export interface ColumnsLoad {
  readonly runs: ReadonlySet<number>
  readonly keys: readonly string[]
  readonly meanwhile: PointEvent[]
}

/** Delay in ms that batches notifications. Progress events arrive many times a second and change no curve. */
const NOTICE_MS = { change: 16, progress: 250, hidden: 5_000 }

export class LabStore {
  #lab: Lab = { runs: new Map(), settled: new Map(), workers: new Map(), queue: null, columns: new Map(), logs: new Map(), counts: new Map(), newKeys: 0, imports: new Map(), errands: new Map() }
  /** The event up to which each loaded column is complete, by run and metric key. */
  readonly #asOf = new Map<number, Map<string, number>>()
  /** The event up to which each run is known, since the snapshot; also of runs that have been removed. */
  readonly #heard = new Map<number, number>()
  /** The event up to which each errand is known. */
  readonly #errandsAsOf = new Map<number, number>()
  readonly #loads = new Set<ColumnsLoad>()
  readonly #listeners = new Set<() => void>()
  readonly #isHidden: () => boolean
  #notice: { timer: ReturnType<typeof setTimeout>; due: number } | undefined

  /** Whether the page is hidden: listeners are then notified less often. Call `notify` when it is shown again. */
  constructor(isHidden: () => boolean = () => false) {
    this.#isHidden = isHidden
  }

  readonly get = (): Lab => this.#lab

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Begins anew from a snapshot of the newest runs and all workers, true right after event `asOf`. What else is held stays
   * until it is heard of: pages show it.
   */
  reset(runs: readonly Run[], workers: readonly Worker[], asOf = 0): void {
    // The events of another database count from another number.
    this.#heard.clear()
    this.#errandsAsOf.clear()
    this.#take(runs, asOf)
    this.#change({ workers: byId(workers) })
  }

  /** Takes runs from an answer that was true right after event `asOf`, but for those of which something newer is known. */
  addRuns(runs: readonly Run[], asOf = 0): void {
    this.#take(runs.filter(({ id }) => !this.#knows(id, asOf)), asOf)
  }

  /** Takes errands from an answer or an event that was true right after event `asOf`, but for those of which something newer is known. */
  addErrands(errands: readonly Errand[], asOf: number): void {
    const newer = errands.filter(({ id }) => (this.#errandsAsOf.get(id) ?? -1) < asOf)
    if (newer.length === 0) return
    for (const { id } of newer) this.#errandsAsOf.set(id, asOf)
    this.#change({ errands: new Map([...this.#lab.errands, ...newer.map((errand) => [errand.id, errand] as const)]) })
  }

  /** Drops errands that are not in `listed`, answers that were all true after event `asOf`, but for those of which something newer is known. */
  keepErrands(listed: ReadonlySet<number>, asOf: number): void {
    const gone = [...this.#lab.errands.keys()].filter((id) => !listed.has(id) && (this.#errandsAsOf.get(id) ?? -1) <= asOf)
    if (gone.length === 0) return
    const errands = new Map(this.#lab.errands)
    for (const id of gone) {
      errands.delete(id)
      this.#errandsAsOf.set(id, asOf)
    }
    this.#change({ errands })
  }

  /** Runs loaded before the snapshot, without an event since. */
  unheard(): number[] {
    return [...this.#lab.runs.keys()].filter((run) => !this.#heard.has(run))
  }

  /** Remove deleted runs. Their columns still count as answered: none will arrive. */
  forget(gone: readonly number[]): void {
    if (gone.length === 0) return
    const [runs, columns] = [new Map(this.#lab.runs), new Map(this.#lab.columns)]
    for (const run of gone) {
      runs.delete(run)
      columns.delete(run)
    }
    this.#change({ runs, columns })
  }

  /** Whether an event changes the queue positions of other runs. */
  movesQueue(run: Run): boolean {
    const { runs, queue } = this.#lab
    return run.status === 'queued' || runs.get(run.id)?.status === 'queued' || (queue?.includes(run.id) ?? false)
  }

  /** Takes the queue's order: events cannot carry it, for one change moves everyone behind. */
  takeQueue(order: readonly number[]): void {
    const places = new Map(order.map((run, before) => [run, before + 1]))
    const runs = [...this.#lab.runs.values()].map((run) => {
      const queue_position = run.status === 'queued' ? (places.get(run.id) ?? null) : null
      return run.queue_position === queue_position ? run : { ...run, queue_position }
    })
    this.#change({ runs: byId(runs), queue: order })
  }

  /** A queued run's last known position, until the queue is loaded. */
  #keepPlace(run: Run): Run {
    const held = this.#lab.runs.get(run.id)
    return run.status === 'queued' && held ? { ...run, queue_position: held.queue_position } : run
  }

  /** An equal spec keeps its identity, so that it need not be compared again. */
  #keepSpec(run: Run): Run {
    const spec = this.#lab.runs.get(run.id)?.spec
    return spec && JSON.stringify(spec) === JSON.stringify(run.spec) ? { ...run, spec } : run
  }

  #knows(run: number, asOf: number): boolean {
    return (this.#heard.get(run) ?? -1) > asOf
  }

  #take(taken: readonly Run[], asOf: number): void {
    const runs = new Map(this.#lab.runs)
    for (const run of taken) {
      this.#heard.set(run.id, asOf)
      runs.set(run.id, this.#keepSpec(run))
    }
    this.#change({ runs })
  }

  /** Whether the lab has answered for this metric of this run, be it that nothing was measured. */
  hasAnswer(run: number, key: string): boolean {
    return this.#asOf.get(run)?.has(key) ?? false
  }

  beginColumns(runs: Iterable<number>, keys: readonly string[]): ColumnsLoad {
    const load: ColumnsLoad = { runs: new Set(runs), keys, meanwhile: [] }
    this.#loads.add(load)
    return load
  }

  /** Takes the answer to `load`, which was true right after event `asOf`. */
  fillColumns(load: ColumnsLoad, series: readonly Series[], asOf: number): void {
    const found = fromSeries(series)
    const columns = new Map(this.#lab.columns)
    for (const run of load.runs) {
      const later = load.meanwhile.filter((event) => event.data.run === run && event.id > asOf)
      const answered = only(found.get(run) ?? NO_COLUMNS, load.keys)
      const filled = later.reduce((held, event) => applyPoint(held, event, load.keys), answered)
      const kept = [...(columns.get(run) ?? NO_COLUMNS)].filter(([key]) => !load.keys.includes(key))
      columns.set(run, new Map([...kept, ...filled]))
      const times = this.#asOf.get(run) ?? new Map<string, number>()
      for (const key of load.keys) times.set(key, Math.max(asOf, later.at(-1)?.id ?? 0))
      this.#asOf.set(run, times)
    }
    this.#loads.delete(load)
    this.#change({ columns })
  }

  /** Takes all points of these keys after step `since`, of an answer that was true right after event `asOf`. */
  extendColumns(run: number, keys: readonly string[], since: number, series: readonly Series[], asOf: number): void {
    const columns = this.#lab.columns.get(run)
    const times = this.#asOf.get(run)
    if (columns === undefined || times === undefined) return
    const extended = extend(only(columns, keys), since, only(fromSeries(series).get(run) ?? NO_COLUMNS, keys))
    for (const key of keys) times.set(key, Math.max(asOf, times.get(key) ?? 0))
    this.#change({ columns: new Map(this.#lab.columns).set(run, new Map([...columns, ...extended])) })
  }

  giveUpColumns(load: ColumnsLoad): void {
    this.#loads.delete(load)
  }

  apply(event: LabEvent): void {
    switch (event.type) {
      case 'run':
        // Events may repeat, and some are in the snapshot already.
        if (!this.#knows(event.data.id, event.id)) this.#take([this.#keepPlace(event.data)], event.id)
        return
      case 'removed':
        this.#heard.set(event.data.run, event.id)
        this.forget([event.data.run])
        return
      case 'log':
        this.#change({ logs: new Map(this.#lab.logs).set(event.data.run, event.data.last) })
        return
      case 'import':
        this.#change({ imports: new Map(this.#lab.imports).set(event.data.id, event.data) })
        return
      case 'errand':
        this.addErrands([event.data], event.id)
        return
      case 'worker':
        this.#change({ workers: new Map(this.#lab.workers).set(event.data.id, event.data) })
        return
      case 'points':
        if ((event.data.new_keys ?? []).length > 0) this.#change({ newKeys: this.#lab.newKeys + 1 })
        return
      case 'metrics':
      case 'rewind':
        this.#applyPoint(event)
        return
      default:
        this.#change({ counts: new Map(this.#lab.counts).set(event.type, (this.#lab.counts.get(event.type) ?? 0) + 1) })
    }
  }

  #applyPoint(event: PointEvent): void {
    const { run } = event.data
    for (const load of this.#loads) {
      if (load.runs.has(run)) load.meanwhile.push(event)
    }
    const columns = this.#lab.columns.get(run)
    // Only requested columns are kept, and they may contain this event already.
    const keys = [...(this.#asOf.get(run) ?? [])].filter(([, asOf]) => event.id > asOf).map(([key]) => key)
    if (columns === undefined || keys.length === 0) return
    for (const key of keys) this.#asOf.get(run)?.set(key, event.id)
    this.#change({ columns: new Map(this.#lab.columns).set(run, applyPoint(columns, event, keys)) })
  }

  #change(part: Partial<Lab>): void {
    const { settled: before } = this.#lab
    const settled = part.runs ? settledOf(part.runs, before) : before
    this.#lab = { ...this.#lab, ...part, settled }
    const isProgress = part.runs !== undefined && settled === before
    this.#tellWithin(this.#isHidden() ? NOTICE_MS.hidden : isProgress ? NOTICE_MS.progress : NOTICE_MS.change)
  }

  /** Notify listeners once per burst of events. */
  #tellWithin(wait: number): void {
    const due = Date.now() + wait
    if (this.#notice && this.#notice.due <= due) return
    clearTimeout(this.#notice?.timer)
    this.#notice = { due, timer: setTimeout(this.notify, wait) }
  }

  /** Notify listeners now of pending changes. */
  readonly notify = (): void => {
    if (!this.#notice) return
    clearTimeout(this.#notice.timer)
    this.#notice = undefined
    for (const listener of this.#listeners) listener()
  }
}

/** The old map if nothing differs, or else a new one that reuses equal entries. */
function settledOf(runs: ReadonlyMap<number, Run>, held: ReadonlyMap<number, Settled>): ReadonlyMap<number, Settled> {
  let same = runs.size === held.size
  const next = new Map<number, Settled>()
  for (const [id, run] of runs) {
    const before = held.get(id)
    const kept = before !== undefined && isSettled(run, before)
    same &&= kept
    next.set(id, kept ? before : run)
  }
  return same ? held : next
}

function isSettled(run: Run, { name, status, archived, started_at, spec, data, network }: Settled): boolean {
  const same = run.name === name && run.status === status && run.archived === archived && run.started_at === started_at && run.spec === spec
  return same && run.data?.version === data?.version && run.data?.sha256 === data?.sha256 && run.network?.flops === network?.flops
}

/** Lets an event change the columns of these keys. */
function applyPoint(columns: Columns, event: PointEvent, keys: readonly string[]): Columns {
  const wanted = only(columns, keys)
  const changed = event.type === 'metrics' ? put(wanted, { ...event.data, values: pick(event.data.values, keys) }) : cut(wanted, event.data.step)
  return new Map([...columns, ...changed])
}

const only = (columns: Columns, keys: readonly string[]): Columns => new Map([...columns].filter(([key]) => keys.includes(key)))

const pick = <T>(values: Readonly<Record<string, T>>, keys: readonly string[]): Record<string, T> =>
  Object.fromEntries(Object.entries(values).filter(([key]) => keys.includes(key)))

function byId<T extends { id: number }>(items: readonly T[]): Map<number, T> {
  return new Map(items.map((item) => [item.id, item]))
}
