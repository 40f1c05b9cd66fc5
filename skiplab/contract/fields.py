"""What a field of the run spec is for. It stands with the field, in its JSON schema, where form, labels, evidence and
presets read it."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

KEY = "x-about"
"""In a field's JSON schema."""

Use = Literal["network", "data", "budget", "optimisation", "speed", "measurement", "logging", "seed"]
"""`data`: which images a network has learnt from or is tested on; `budget`: how long it may train; `measurement`: what
is measured beside; `logging`: what is written down, with no number changed."""


class About(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    use: Use
    clocked: bool = Field(False, description="It decides how long an epoch takes.")
    short: str | None = Field(None, description="Its name in labels of curves; null: the field's own.")
    unset: str = Field("off", description="What null means, in a word.")
    subset_of: str | None = Field(None, description="The images that it takes a subset of; null: it takes none.")
    first: bool = Field(False, description="Most launches set it: the form shows it first.")


def about(use: Use, **facts: Any) -> dict[str, Any]:
    """For `json_schema_extra`."""
    return {KEY: About(use=use, **facts).model_dump()}


def about_fields(model: type[BaseModel]) -> Mapping[str, About]:
    """Raises ValidationError for a field that does not say what it is for."""
    extras = {name: field.json_schema_extra for name, field in model.model_fields.items()}
    return {
        name: About.model_validate((extra if isinstance(extra, dict) else {}).get(KEY, {}))
        for name, extra in extras.items()
    }
