// Options of all charts: x axis, split, averages over seeds, smoothing.
import { Button, Menu, NativeSelect, Slider, Text } from '@mantine/core'
import { useState } from 'react'

import { titleOf } from '../model/quantities'
import { useQuantities } from '../model/useQuantities'
import { PlusIcon } from '../ui/icons'
import { useHeld } from '../ui/useHeld'
import type { ChartChoice } from '../view/chartChoice'
import { BANDS, PARTS, X_AXES } from '../view/urlState'
import { useViewPart } from '../view/useView'
import { X_NAMES } from './axes'
import classes from './charts.module.css'
import { offers } from './offers'
import { useDefaultAxis } from './useDefaultAxis'
import { useLoggedKeys } from './useLoggedKeys'

interface ToolbarProps {
  /** The runs whose measured keys are offered. */
  shown: readonly number[]
  charts: readonly ChartChoice[]
  onAdd: (quantity: string) => void
}

export function Toolbar({ charts, shown, onAdd }: ToolbarProps) {
  return (
    <div className={classes.toolbar} role="group" aria-label="Chart options">
      <Choice name="x" label="X axis" none={useDefaultAxis(shown)} options={X_AXES.map((axis) => [axis, X_NAMES[axis]])} />
      <Choice name="part" label="Split" none="" options={[['', 'Train and test'], ...PARTS.map((part) => [part, PART_NAMES[part]] as const)]} />
      <Choice name="mean" label="Seeds" none="" options={[['', 'Individual runs'], ...BANDS.map((band) => [band, BAND_NAMES[band]] as const)]} />
      <Smoothing />
      <AddChart charts={charts} shown={shown} onAdd={onAdd} />
    </div>
  )
}

const BAND_NAMES = { sd: 'Mean ± SD', ci: 'Mean, 95% CI' }
const PART_NAMES = { train: 'Train', test: 'Test' }

interface ChoiceProps<Name extends 'x' | 'part' | 'mean'> {
  name: Name
  label: string
  /** The default option, which the URL omits. */
  none: string
  options: readonly (readonly [value: string, label: string])[]
}

function Choice<Name extends 'x' | 'part' | 'mean'>({ name, label, none, options }: ChoiceProps<Name>) {
  const [value, setValue] = useViewPart(name)
  return (
    <label className={classes.choice}>
      <Text component="span" size="xs" c="dimmed">
        {label}
      </Text>
      <NativeSelect
        size="xs"
        value={value ?? none}
        data={options.map(([each, text]) => ({ value: each, label: text }))}
        onChange={({ currentTarget: { value: next } }) => {
          setValue(next === none ? undefined : (next as typeof value))
        }}
      />
    </label>
  )
}

function Smoothing() {
  const [chosen = 0, choose] = useViewPart('smooth')
  const [smooth, setSmooth] = useHeld(chosen, (value) => {
    choose(value > 0 ? value : undefined)
  })
  return (
    <div className={classes.choice}>
      <Text component="span" size="xs" c="dimmed">
        Smoothing
      </Text>
      <Slider
        className={classes.slider}
        size="sm"
        min={0}
        max={0.99}
        step={0.01}
        label={(value) => value.toFixed(2)}
        thumbLabel="Smoothing"
        value={smooth}
        onChange={setSmooth}
      />
    </div>
  )
}

function AddChart({ charts, shown, onAdd }: ToolbarProps) {
  const [open, setOpen] = useState(false)
  useQuantities()
  const { keys, isPending } = useLoggedKeys(open ? shown.join(',') : '')
  const there = new Set(charts.map(({ quantity }) => quantity))
  const offered = offers(keys).filter((quantity) => !there.has(quantity))
  return (
    <Menu opened={open} onChange={setOpen} position="bottom-end" shadow="md" withinPortal>
      <Menu.Target>
        <Button size="compact-sm" variant="subtle" leftSection={<PlusIcon size={14} />}>
          Add chart
        </Button>
      </Menu.Target>
      <Menu.Dropdown className={classes.offers ?? ''}>
        <Menu.Label>Logged metrics</Menu.Label>
        {offered.map((quantity) => (
          <Menu.Item
            key={quantity}
            onClick={() => {
              onAdd(quantity)
            }}
          >
            {titleOf(quantity)}
          </Menu.Item>
        ))}
        {offered.length === 0 && <Menu.Item disabled>{isPending ? 'Loading…' : 'All metrics are already shown'}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  )
}
