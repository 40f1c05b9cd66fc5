"""What a lab has on offer."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from skiplab.client import AsyncLab
from skiplab.contract.access import Budget
from skiplab.contract.catalog import ModelCard, OfferedDataset
from skiplab.contract.presets import PRESETS
from skiplab.contract.spec import RunSpec
from skiplab.mcp.answers import Answer
from skiplab.mcp.door import Call, opened

About = Literal["summary", "networks", "fields"]


class Network(BaseModel):
    key: str
    label: str
    parameters: int | None = Field(description="Null: not measured yet.")
    flops: int | None = Field(description="Per image, forward.")

    @classmethod
    def of(cls, card: ModelCard) -> "Network":
        return cls(key=card.key, label=card.label, parameters=card.parameters, flops=card.flops)


class Dataset(BaseModel):
    key: str
    classes: int | None
    train_images: int | None
    test_images: int | None
    needs: str | None = Field(description="What the first run does before it trains; null: nothing.")

    @classmethod
    def of(cls, card: OfferedDataset) -> "Dataset":
        return cls(
            key=card.key,
            classes=None if card.classes is None else len(card.classes),
            train_images=card.train_images,
            test_images=card.test_images,
            needs=card.needs,
        )


class SpecField(BaseModel):
    """A field of a run's spec."""

    name: str
    help: str
    default: Any
    allowed: list[Any] | None = Field(description="All values; null: not an enumeration.")


class Offers(Answer):
    networks: list[Network]
    other_networks: list[str] = Field(description="Keys of further networks; `about=networks` describes them.")
    datasets: list[Dataset]
    presets: dict[str, str] = Field(description="Key to label.")
    fields: list[SpecField] | list[str] = Field(description="Fields of a spec; `about=fields` describes them.")
    claims: dict[str, dict[str, str]] = Field(description="Set of claims to the claims' ids and sentences.")
    devices: int = Field(description="Runs that train at the same time.")
    budget: Budget | None = Field(description="What this token may still queue; null: unlimited.")


async def offers(
    call: Call,
    about: Annotated[About, Field(description="What to describe in full: networks or fields of a spec.")] = "summary",
) -> Offers:
    """List what is on offer: networks, data sets, presets, fields of a run, claims, devices, and the budget left."""
    async with opened(call) as lab:
        cards = [card for card in await lab.models() if card.error is None]
        described = [card for card in cards if about == "networks" or card.origin != "torchvision"]
        return Offers(
            networks=[Network.of(card) for card in described],
            other_networks=[card.key for card in cards if card not in described],
            datasets=[Dataset.of(card) for card in await lab.datasets() if card.error is None],
            presets={key: preset.label for key, preset in PRESETS.items()},
            fields=spec_fields() if about == "fields" else [*RunSpec.model_fields],
            claims={each.key: {claim.id: claim.sentence for claim in each.claims} for each in await lab.claims()},
            devices=(devices := await devices_of(lab)),
            budget=await lab.budget(),
            caveats=[] if devices else ["No worker is online: runs are queued, and none starts."],
        )


async def devices_of(lab: AsyncLab) -> int:
    """Return the number of slots of online workers."""
    return sum(len(worker.devices) for worker in await lab.workers() if worker.online)


def spec_fields() -> list[SpecField]:
    """Return the fields of a spec, from its JSON schema."""
    properties: dict[str, dict[str, Any]] = RunSpec.model_json_schema()["properties"]
    return [
        SpecField(
            name=name, help=schema.get("description", ""), default=schema.get("default"), allowed=schema.get("enum")
        )
        for name, schema in properties.items()
    ]
