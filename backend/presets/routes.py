"""/presets"""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from backend.errors import PROBLEM_RESPONSE
from skiplab.contract.presets import PRESETS

router = APIRouter(prefix="/presets", tags=["catalog"], responses=PROBLEM_RESPONSE)


class PresetCard(BaseModel):
    key: str
    label: str
    source: str = Field(description="Source of the values.")
    fields: dict[str, Any] = Field(description="Spec fields that it sets.")


class PresetList(BaseModel):
    items: list[PresetCard]


@router.get("")
def list_presets() -> PresetList:
    """List the presets, each of which fills spec fields that are not given."""
    return PresetList(
        items=[
            PresetCard(key=key, label=preset.label, source=preset.source, fields=dict(preset.fields))
            for key, preset in PRESETS.items()
        ]
    )
