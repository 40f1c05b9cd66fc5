// The page's own few icons: 20 px, one stroke.
import type { ReactNode } from 'react'

function Icon({ children, size = 18 }: { children: ReactNode; size?: number | undefined }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden
    >
      {children}
    </svg>
  )
}

interface IconProps {
  size?: number
}

export const SunIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <circle cx="10" cy="10" r="3.4" />
    <path d="M10 2v1.8M10 16.2V18M2 10h1.8M16.2 10H18M4.4 4.4l1.2 1.2M14.4 14.4l1.2 1.2M4.4 15.6l1.2-1.2M14.4 5.6l1.2-1.2" />
  </Icon>
)

export const MoonIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M16.5 12.2A7 7 0 0 1 7.8 3.5a7 7 0 1 0 8.7 8.7Z" />
  </Icon>
)

export const AutoIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <circle cx="10" cy="10" r="7" />
    <path d="M10 3a7 7 0 0 1 0 14Z" fill="currentColor" stroke="none" />
  </Icon>
)

export const PlusIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M10 4v12M4 10h12" />
  </Icon>
)

export const EyeIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M2 10s3-5.4 8-5.4S18 10 18 10s-3 5.4-8 5.4S2 10 2 10Z" />
    <circle cx="10" cy="10" r="2.3" />
  </Icon>
)

export const EyeOffIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M3.4 7.8C2.5 9 2 10 2 10s3 5.4 8 5.4c1 0 2-.2 2.8-.6M7 5.2a8 8 0 0 1 3-.6c5 0 8 5.4 8 5.4s-.6 1.2-1.8 2.5M3 3l14 14" />
  </Icon>
)

export const StopIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <rect x="5.5" y="5.5" width="9" height="9" rx="1.6" fill="currentColor" />
  </Icon>
)

export const CheckIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="m4.5 10.5 3.6 3.6 7.4-8" />
  </Icon>
)

export const TildeIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M4 11.5c1.6-3.4 4-3.4 6-1.5s4.4 1.9 6-1.5" />
  </Icon>
)

export const ChevronIcon = ({ open, size = 14 }: IconProps & { open: boolean }) => (
  <Icon size={size}>{open ? <path d="m5 8 5 5 5-5" /> : <path d="m8 5 5 5-5 5" />}</Icon>
)

export const ClockIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <circle cx="10" cy="10" r="6.8" />
    <path d="M10 6.2V10l2.6 1.8" />
  </Icon>
)

export const CrossIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="m5.5 5.5 9 9m0-9-9 9" />
  </Icon>
)

export const PauseIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M7.2 5v10M12.8 5v10" />
  </Icon>
)

export const WarningIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M10 3.2 17.6 16.4H2.4L10 3.2ZM10 8.2v3.6M10 14v.1" />
  </Icon>
)

export const ArrowIcon = ({ up, size = 12 }: IconProps & { up: boolean }) => (
  <Icon size={size}>{up ? <path d="M10 16V4m-5 5 5-5 5 5" /> : <path d="M10 4v12m-5-5 5 5 5-5" />}</Icon>
)

export const DotsIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M4.5 10h.01M10 10h.01M15.5 10h.01" strokeWidth="2.6" />
  </Icon>
)

export const MaximiseIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M12 4h4v4M16 4l-5 5M8 16H4v-4M4 16l5-5" />
  </Icon>
)

export const GrowIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M3 10h14M6 7l-3 3 3 3M14 7l3 3-3 3" />
  </Icon>
)

export const ShrinkIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M2 10h6M12 10h6M5.5 7l3 3-3 3M14.5 7l-3 3 3 3" />
  </Icon>
)

export const PinIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M7.5 3.5h5M8.5 3.5v5L6 11.5h8L11.5 8.5v-5M10 11.5V17" />
  </Icon>
)

export const SearchIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <circle cx="9" cy="9" r="5.2" />
    <path d="m13 13 4 4" />
  </Icon>
)

export const FilterIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M3 5h14M5.5 10h9M8 15h4" />
  </Icon>
)

export const ColumnsIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <rect x="3" y="4" width="14" height="12" rx="2" />
    <path d="M8 4v12M12.5 4v12" />
  </Icon>
)

export const GroupIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M3 5h14M6 9h11M6 13h11M3 17h14" />
  </Icon>
)

export const RetryIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M15.5 7A6.5 6.5 0 1 0 16.5 11M16 3.5V7h-3.5" />
  </Icon>
)

export const TopIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M4 4h12M10 16V8m-4 4 4-4 4 4" />
  </Icon>
)

export const PlayIcon = ({ size }: IconProps) => (
  <Icon size={size}>
    <path d="M7 4.5v11l8.5-5.5L7 4.5Z" />
  </Icon>
)

/** The lab's mark: a block and the connection that skips it. */
export const Mark = ({ size = 26 }: IconProps) => (
  <svg width={size} height={size} viewBox="0 0 32 32" fill="none" strokeLinecap="round" aria-hidden>
    <rect width="32" height="32" rx="8" fill="#3b4cc0" />
    <path d="M5 21.5h22" stroke="#c9d2ff" strokeWidth="2" />
    <path d="M7 21.5C7 5.5 25 5.5 25 21.5" stroke="#ffb38a" strokeWidth="2.4" />
    <rect x="11.5" y="17" width="9" height="9" rx="2.2" fill="#fff" />
    <circle cx="7" cy="21.5" r="2.4" fill="#c9d2ff" />
    <circle cx="25" cy="21.5" r="2.4" fill="#c9d2ff" />
  </svg>
)
