// Who the page's user is to the lab, and the tokens that let people in.
import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from '@tanstack/react-query'

import { answer, api, done } from '../api/client'
import type { Problem } from '../api/problem'
import type { components } from '../api/schema'
import { useOnce } from '../ui/useOnce'

export type SignedIn = components['schemas']['SignedIn']
export type Token = components['schemas']['Token']
export type MadeToken = components['schemas']['MadeToken']
export type NewToken = components['schemas']['NewToken']

export function useSignedIn(): UseQueryResult<SignedIn> {
  return useQuery({ queryKey: ['session'], queryFn: async () => (await answer(api.GET('/api/v1/session'))).data })
}

export function useTokens(): UseQueryResult<Token[]> {
  return useQuery({ queryKey: ['tokens'], queryFn: async () => (await answer(api.GET('/api/v1/tokens'))).data.items })
}

export function useMakeToken(): UseMutationResult<MadeToken, Problem, NewToken> {
  const queries = useQueryClient()
  return useOnce<MadeToken, Problem, NewToken>({
    mutationFn: async (body) => (await answer(api.POST('/api/v1/tokens', { body }))).data,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['tokens'] }),
  })
}

export function useRevoke(): UseMutationResult<unknown, Problem, number> {
  const queries = useQueryClient()
  return useMutation<unknown, Problem, number>({
    mutationFn: (token) => done(api.DELETE('/api/v1/tokens/{token_id}', { params: { path: { token_id: token } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['tokens'] }),
  })
}

/** Takes the cookie back and begins again, at the form that asks for a token. */
export async function signOut(): Promise<void> {
  await answer(api.POST('/api/v1/session', { body: { token: null } }))
  window.location.reload()
}
