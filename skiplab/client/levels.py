"""Levels of alerts."""

from enum import StrEnum


class AlertLevel(StrEnum):
    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"
