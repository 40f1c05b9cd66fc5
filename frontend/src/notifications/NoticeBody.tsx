// What a notice on the page says, and the way to what it tells of: a button, for keys reach nothing else.
import ui from '../ui/ui.module.css'

interface ToldProps {
  body: string
  onOpen: () => void
}

export function NoticeBody({ body, onOpen }: ToldProps) {
  return (
    <>
      {body}{' '}
      <button type="button" className={ui.textButton} onClick={onOpen}>
        Open
      </button>
    </>
  )
}
