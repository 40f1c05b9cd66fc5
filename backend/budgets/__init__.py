"""Budgets of agents' tokens: runs, and hours of devices."""
