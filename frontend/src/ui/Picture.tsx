// An image of a data set, scaled without smoothing; a missing one shows a text.
import { useState } from 'react'

import classes from './ui.module.css'

interface PictureProps {
  src: string
  alt: string
  className?: string | undefined
  /** Shown if the server does not have it. */
  missing: string
}

export function Picture({ src, alt, className, missing }: PictureProps) {
  const [lost, setLost] = useState<string | null>(null)
  if (lost === src) return <span className={`${classes.noPicture} ${className ?? ''}`}>{missing}</span>
  return (
    <img
      src={src}
      alt={alt}
      className={`${classes.picture} ${className ?? ''}`}
      loading="lazy"
      onError={() => {
        setLost(src)
      }}
    />
  )
}
