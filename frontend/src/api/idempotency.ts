// Keys by which the lab knows a request that is sent again after its answer was lost, so that nothing is made twice.

/** 128 random bits. `randomUUID` is there in secure contexts only, and a lab may be called by plain HTTP. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

export const withKey = (key: string): { 'Idempotency-Key': string } => ({ 'Idempotency-Key': key })
