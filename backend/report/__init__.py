"""The report, regenerated from runs: one document, as HTML, Markdown or PDF."""
