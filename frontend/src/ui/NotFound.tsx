// For an address of something that does not exist: instead of a retry, a link to the list.
import { Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'

import { keepView } from '../view/keepView'
import { CONTENT } from './landmarks'
import classes from './ui.module.css'

interface NotFoundProps {
  /** `There is no run 7` */
  title: string
  why?: string
  list?: keyof typeof LISTS
  /** On a page of its own it is the page's main part. */
  inside?: boolean
}

const LISTS = {
  '/': 'All runs',
  '/networks': 'All networks',
  '/data': 'All data sets',
  '/evidence': 'Evidence of the newest experiment',
} as const

export function NotFound({ title, why = 'It may have been deleted, or the address may be mistyped.', list = '/', inside = false }: NotFoundProps) {
  return (
    <Stack {...(!inside && { id: CONTENT, component: 'main' as const })} align="center" ta="center" px="md" py={80} gap="xs">
      <Title order={2} size="h3">
        {title}
      </Title>
      <Text c="dimmed">{why}</Text>
      <Link to={list} search={keepView} className={classes.textButton}>
        {LISTS[list]}
      </Link>
    </Stack>
  )
}
