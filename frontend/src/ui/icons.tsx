// The page's icons, all of one set and one stroke, and its mark. One import each: the set has thousands.
import type { Icon } from '@tabler/icons-react'
import IconAlertTriangle from '@tabler/icons-react/icons/IconAlertTriangle'
import IconArrowBarToUp from '@tabler/icons-react/icons/IconArrowBarToUp'
import IconArrowDown from '@tabler/icons-react/icons/IconArrowDown'
import IconArrowUp from '@tabler/icons-react/icons/IconArrowUp'
import IconArrowsHorizontal from '@tabler/icons-react/icons/IconArrowsHorizontal'
import IconCheck from '@tabler/icons-react/icons/IconCheck'
import IconChevronDown from '@tabler/icons-react/icons/IconChevronDown'
import IconChevronRight from '@tabler/icons-react/icons/IconChevronRight'
import IconCircleHalf2 from '@tabler/icons-react/icons/IconCircleHalf2'
import IconClock from '@tabler/icons-react/icons/IconClock'
import IconColumns3 from '@tabler/icons-react/icons/IconColumns3'
import IconDots from '@tabler/icons-react/icons/IconDots'
import IconEye from '@tabler/icons-react/icons/IconEye'
import IconEyeOff from '@tabler/icons-react/icons/IconEyeOff'
import IconFilter from '@tabler/icons-react/icons/IconFilter'
import IconFold from '@tabler/icons-react/icons/IconFold'
import IconListTree from '@tabler/icons-react/icons/IconListTree'
import IconMaximize from '@tabler/icons-react/icons/IconMaximize'
import IconMoon from '@tabler/icons-react/icons/IconMoon'
import IconPin from '@tabler/icons-react/icons/IconPin'
import IconPlayerPause from '@tabler/icons-react/icons/IconPlayerPause'
import IconPlayerStopFilled from '@tabler/icons-react/icons/IconPlayerStopFilled'
import IconPlus from '@tabler/icons-react/icons/IconPlus'
import IconSearch from '@tabler/icons-react/icons/IconSearch'
import IconSun from '@tabler/icons-react/icons/IconSun'
import IconTilde from '@tabler/icons-react/icons/IconTilde'
import IconX from '@tabler/icons-react/icons/IconX'

interface IconProps {
  size?: number
}

const of = (Drawn: Icon, byDefault = 18) => ({ size = byDefault }: IconProps) => <Drawn size={size} stroke={1.8} aria-hidden />

export const ArrowDownIcon = of(IconArrowDown, 12)
export const ArrowUpIcon = of(IconArrowUp, 12)
export const AutoIcon = of(IconCircleHalf2)
export const CheckIcon = of(IconCheck)
export const ClockIcon = of(IconClock)
export const ColumnsIcon = of(IconColumns3)
export const CrossIcon = of(IconX)
export const DotsIcon = of(IconDots)
export const EyeIcon = of(IconEye)
export const EyeOffIcon = of(IconEyeOff)
export const FilterIcon = of(IconFilter)
export const GroupIcon = of(IconListTree)
export const GrowIcon = of(IconArrowsHorizontal)
export const MaximiseIcon = of(IconMaximize)
export const MoonIcon = of(IconMoon)
export const PauseIcon = of(IconPlayerPause)
export const PinIcon = of(IconPin)
export const PlusIcon = of(IconPlus)
export const SearchIcon = of(IconSearch)
export const ShrinkIcon = of(IconFold)
export const StopIcon = of(IconPlayerStopFilled)
export const SunIcon = of(IconSun)
export const TildeIcon = of(IconTilde)
export const TopIcon = of(IconArrowBarToUp)
export const WarningIcon = of(IconAlertTriangle)

export const ArrowIcon = ({ up, ...props }: IconProps & { up: boolean }) => (up ? <ArrowUpIcon {...props} /> : <ArrowDownIcon {...props} />)

export const ChevronIcon = ({ open, size = 14 }: IconProps & { open: boolean }) => (open ? <IconChevronDown size={size} aria-hidden /> : <IconChevronRight size={size} aria-hidden />)

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
