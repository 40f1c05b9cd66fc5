// An error of loading curves, with a retry; the charts themselves then show none.
import { useSession, useSessionPart } from '../live/hooks'
import { RequestError } from '../ui/RequestError'

export function ColumnsProblem() {
  const session = useSession()
  const problem = useSessionPart('columnsProblem')
  return problem && <RequestError wanted="load the curves" problem={problem} onRetry={session.retryColumns} />
}
