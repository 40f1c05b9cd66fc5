// A notice's text and a button that opens its run: nothing else in it is reachable by keyboard.
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
