// How own images become a data set.
import { Code, Text } from '@mantine/core'

import { Panel } from '../ui/Panel'
import classes from './data.module.css'

export function OwnImages() {
  return (
    <Panel title="Own images">
      <div className={classes.body}>
        <Text size="sm">
          A folder or zip of <Code>train/&lt;class&gt;/*.png</Code> and <Code>test/&lt;class&gt;/*.png</Code> becomes a data set:
        </Text>
        <Code block className={classes.command ?? ''}>.venv/bin/skiplab data import flowers ~/flowers.zip</Code>
      </div>
    </Panel>
  )
}
