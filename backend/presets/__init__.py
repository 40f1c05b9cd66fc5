"""Presets: named values for fields of a spec."""
