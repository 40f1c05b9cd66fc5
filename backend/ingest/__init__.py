"""Remote logging: runs that a client trains elsewhere and logs over HTTP."""
