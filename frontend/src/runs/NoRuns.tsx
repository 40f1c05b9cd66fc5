// The first thing that a new lab shows: what to do, in one click.
import { Button, Kbd, Stack, Text, Title } from '@mantine/core'

import { useDatasets, useModels } from '../api/catalog'
import { asProblem, unanswered } from '../api/problem'
import { blankDraft, preferredDataset } from '../launch/draft'
import { leftOut, modelsOf, NETWORK_SETS } from '../launch/networkSets'
import { useLaunch } from '../launch/useLaunch'
import { plural } from '../lib/format'
import { Mark } from '../ui/icons'
import { RequestError } from '../ui/RequestError'
import { useLaunchForm } from '../view/useView'

const [set] = NETWORK_SETS

export function NoRuns() {
  const { show } = useLaunchForm()
  const models = useModels()
  const datasets = useDatasets()
  const launch = useLaunch()
  const dataset = preferredDataset(datasets.data ?? [])
  const networks = modelsOf(set, models.data ?? [], dataset?.image_shape)
  const missing = leftOut(set, models.data ?? [], dataset?.image_shape)
  const ready = networks.length > 0 && dataset !== undefined

  const problem = unanswered(models) ?? unanswered(datasets)
  if (problem) {
    return (
      <RequestError
        wanted="load networks and data sets"
        problem={problem}
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
        A run trains one network on one data set. Launch several to compare their loss and accuracy as they train.
      </Text>
      <Button
        mt="xs"
        loading={launch.isPending}
        disabled={!ready}
        onClick={() => {
          if (dataset) launch.mutate({ ...blankDraft(), name: set.name, models: networks, seeds: set.seeds, dataset: dataset.key })
        }}
      >
        Launch {set.name}
      </Button>
      <Text size="xs" c="dimmed">
        {ready
          ? `${plural(networks.length, 'run')} on ${dataset.label}, one for each network, with default settings`
          : missing || 'Waiting for a worker to start'}
      </Text>
      {ready && missing && (
        <Text size="xs" c="dimmed">
          {missing}
        </Text>
      )}
      {launch.isError && (
        <Text size="sm" c="red" role="alert">
          {asProblem(launch.error).message}
        </Text>
      )}
      <Button variant="subtle" size="xs" mt="xs" onClick={() => { show() }}>
        Configure a run <Kbd ml={8}>N</Kbd>
      </Button>
    </Stack>
  )
}
