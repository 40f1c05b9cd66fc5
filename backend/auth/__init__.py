"""Authentication: tokens, browser sessions and scopes."""
