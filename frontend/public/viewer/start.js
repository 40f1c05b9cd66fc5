// Shows the API at /docs (backend/docs.py). A file, for the page's policy lets no script stand in a document.
window.SwaggerUIBundle({
  url: document.currentScript.dataset.openapi,
  dom_id: '#viewer',
  deepLinking: true,
  presets: [window.SwaggerUIBundle.presets.apis],
  // Would send the document to a public service.
  validatorUrl: null,
})
