"""ASGI middleware and the HTTP protocol: connection limits, Host names, body sizes, idempotency, security headers."""
