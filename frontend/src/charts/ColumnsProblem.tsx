// That curves could not be loaded, and another try. Where it stands, the charts say nothing of what they lack.
import { useSession, useSessionPart } from '../live/hooks'
import { RequestError } from '../ui/RequestError'

export function ColumnsProblem() {
  const session = useSession()
  const problem = useSessionPart('columnsProblem')
  return problem && <RequestError wanted="load the curves" problem={problem} onRetry={session.retryColumns} />
}
