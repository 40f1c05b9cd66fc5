// A run's facts in a line: what was trained on what, where, when, and how well.
import { useDatasetCard, useNetworkName } from '../api/catalog'
import type { Run } from '../api/types'
import { dateTime, percent, short } from '../lib/format'
import { selected } from '../model/best'
import { limitInWords, versionOf } from '../model/dataVersion'
import { isByWorkers } from '../model/status'
import classes from './run.module.css'

export function FactList({ run }: { run: Run }) {
  const { kind, spec, best, experiment, worker, device, attempt, network } = run
  const networkName = useNetworkName()
  const card = useDatasetCard(spec?.dataset ?? '')
  const parameters = network?.parameters == null ? '' : `, ${short(network.parameters)} parameters`
  const facts: (readonly [string, string] | false | null)[] = [
    spec === null && ['Kind', kind],
    spec && ['Network', `${networkName(spec.model)}${parameters}`],
    spec && ['Data', [card?.label ?? spec.dataset, limitInWords(run, card)].filter(Boolean).join(', ')],
    spec && versionOf(run) !== '' && ['Data version', versionOf(run)],
    spec && ['Seed', String(spec.seed)],
    best && ['Best accuracy', `${percent(best.value)} in epoch ${best.epoch}, ${selected(best)}`],
    experiment && ['Experiment', experiment.name],
    run.external_id != null && ['External id', run.external_id],
    [isByWorkers(run) ? 'Submitted' : 'Started', dateTime(run.created_at)],
    worker !== null && ['Worker', device === null ? worker : `${worker}, ${device}`],
    attempt > 1 && ['Attempt', String(attempt)],
  ]
  return (
    <dl className={classes.facts}>
      {facts.map(
        (fact) =>
          fact && (
            <div key={fact[0]}>
              <dt>{fact[0]}</dt>
              <dd>{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  )
}
