// Above the table: search, filters, grouping, columns and bulk actions.
import { BulkActions } from './BulkActions'
import { ColumnMenu } from './ColumnMenu'
import { FilterMenu } from './FilterMenu'
import { GroupMenu } from './GroupMenu'
import classes from './runs.module.css'
import { SearchBox } from './SearchBox'

export function TableTools() {
  return (
    <div className={classes.tools}>
      <SearchBox />
      <FilterMenu />
      <GroupMenu />
      <ColumnMenu />
      <BulkActions />
    </div>
  )
}
