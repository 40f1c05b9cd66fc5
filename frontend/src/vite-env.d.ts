/// <reference types="vite/client" />

// The cartesian bundle ships no types; those of the full bundle describe it.
declare module 'plotly.js-cartesian-dist-min' {
  export * from 'plotly.js-dist-min'
  export { default } from 'plotly.js-dist-min'
}

// Likewise the strict bundle, which has parallel coordinates and evaluates no text as code.
declare module 'plotly.js-strict-dist-min' {
  export * from 'plotly.js-dist-min'
  export { default } from 'plotly.js-dist-min'
}
