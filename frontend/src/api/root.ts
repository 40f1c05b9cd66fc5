// The address that the lab is served under. The page may sit behind a proxy at any path, and is itself at several
// addresses; the backend writes into each document where the lab's root is from there.
const root = document.querySelector<HTMLMetaElement>('meta[name="lab-root"]')?.content ?? './'

export const ROOT = new URL(import.meta.env.DEV ? '/' : root, document.baseURI)

export const BASE_PATH = ROOT.pathname
