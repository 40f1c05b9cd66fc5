/// <reference types="vite/client" />

// The cartesian bundle ships no types; those of the full bundle describe it.
declare module 'plotly.js-cartesian-dist-min' {
  export * from 'plotly.js-dist-min'
  export { default } from 'plotly.js-dist-min'
}
