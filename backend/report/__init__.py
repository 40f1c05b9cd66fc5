"""Reports generated from runs, as HTML, Markdown or PDF."""
