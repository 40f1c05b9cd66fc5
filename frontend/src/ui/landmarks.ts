// Ids of what a page is for: where the link before all others leads.
export const CONTENT = 'content'
export const CHARTS = 'charts'
