// The address that the lab is served under. The page may sit behind a proxy at any path.
export const ROOT = new URL('.', document.baseURI)

export const BASE_PATH = ROOT.pathname
