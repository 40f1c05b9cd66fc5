// The first thing that a new lab shows: what to do, in one click.
import { Button, Kbd, Stack, Text, Title } from '@mantine/core'

import { useDatasets, useModels } from '../api/catalog'
import { asProblem } from '../api/problem'
import { blankDraft, FIELDS, preferredDataset } from '../launch/draft'
import { PRESETS, presetModels } from '../launch/presets'
import { useLaunch } from '../launch/useLaunch'
import { plural } from '../ui/format'
import { Mark } from '../ui/icons'
import { RequestError } from '../ui/RequestError'
import { useLaunchForm } from '../view/useView'

const [preset] = PRESETS

export function NoRuns() {
  const { show } = useLaunchForm()
  const models = useModels()
  const datasets = useDatasets()
  const launch = useLaunch()
  const networks = presetModels(preset, models.data ?? [])
  const dataset = preferredDataset(datasets.data ?? [])
  const ready = networks.length > 0 && dataset !== undefined

  const failed = models.error ?? datasets.error
  if (failed) {
    return (
      <RequestError
        wanted="load what the lab offers"
        problem={asProblem(failed)}
        onRetry={() => {
          void models.refetch()
          void datasets.refetch()
        }}
      />
    )
  }
  return (
    <Stack align="center" gap="sm" px="xl" py={56} ta="center">
      <Mark size={44} />
      <Title order={3} size="h4">
        No runs yet
      </Title>
      <Text size="sm" c="dimmed" maw={360}>
        A run trains one network on one data set. Launch several, and watch their loss and accuracy side by side, epoch by
        epoch.
      </Text>
      <Button
        mt="xs"
        loading={launch.isPending}
        disabled={!ready}
        onClick={() => {
          if (dataset) launch.mutate({ draft: { ...blankDraft(FIELDS), name: preset.name, models: networks, seeds: preset.seeds, dataset: dataset.key } })
        }}
      >
        Launch {preset.name.charAt(0).toLowerCase() + preset.name.slice(1)}
      </Button>
      <Text size="xs" c="dimmed">
        {ready
          ? `${plural(networks.length, 'run')} on ${dataset.label}, one of each network, with the default settings`
          : 'Waiting for a worker to say which networks it offers'}
      </Text>
      {launch.isError && (
        <Text size="sm" c="red" role="alert">
          {asProblem(launch.error).message}
        </Text>
      )}
      <Button variant="subtle" size="xs" mt="xs" onClick={() => { show() }}>
        Or choose for yourself <Kbd ml={8}>N</Kbd>
      </Button>
    </Stack>
  )
}
