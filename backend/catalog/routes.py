"""/models and /datasets"""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from backend.catalog import images, service
from backend.contract.catalog import DatasetCard, ModelCard, ModelDetails
from backend.contract.imports import Split
from backend.contract.spec import Augmentation, Key
from backend.db import catalog
from backend.deps import DatabaseDep, SettingsDep
from backend.errors import PROBLEM_RESPONSE

router = APIRouter(tags=["catalog"], responses=PROBLEM_RESPONSE)


Place = Annotated[int, Path(ge=0, lt=2**31)]
"""Of an image in its split, or of a class: from 0."""


class ModelList(BaseModel):
    items: list[ModelCard]


class Asked(BaseModel):
    """Not there yet."""

    detail: str


class OfferedDataset(DatasetCard):
    pictures: bool = Field(description="Whether its images are on this machine, to be looked at.")


class DatasetList(BaseModel):
    items: list[OfferedDataset]


@router.get("/models")
def list_models(database: DatabaseDep) -> ModelList:
    """The networks that workers can build; layer tables are in each one's own answer."""
    with database.read() as session:
        return ModelList(items=catalog.models(session))


@router.get("/models/{key}")
def read_model(key: str, database: DatabaseDep) -> ModelDetails:
    """One network's whole card. `measured: false`: a worker has been asked for the numbers; a `catalog` event tells
    when they are there."""
    return service.read_model(database, key)


@router.get("/datasets")
def list_datasets(database: DatabaseDep, settings: SettingsDep) -> DatasetList:
    """The data sets that workers can load."""
    with database.read() as session:
        cards = catalog.datasets(session)
    return DatasetList(
        items=[OfferedDataset(**dict(card), pictures=images.are_here(settings.home, card.key)) for card in cards]
    )


@router.get("/datasets/{key}/images/{split}/{place}", response_class=Response)
def read_image(key: Key, split: Split, place: Place, settings: SettingsDep) -> Response:
    """One image of a data set, as a PNG."""
    return _picture(images.png(settings.home, key, split, place))


@router.get("/datasets/{key}/samples/{split}/{label}", response_class=Response)
def read_samples(key: Key, split: Split, label: Place, settings: SettingsDep) -> Response:
    """Some images of one class (from 0), side by side, as a PNG."""
    return _picture(images.samples(settings.home, key, split, label))


@router.get(
    "/datasets/{key}/previews/{augment}",
    response_class=Response,
    responses={202: {"model": Asked, "description": "A worker has been asked for it."}},
)
def read_preview(key: Key, augment: Augmentation, settings: SettingsDep, database: DatabaseDep) -> Response:
    """What an augmentation makes of some training images, as a PNG: a row for each image, a column for each epoch.

    A worker makes it with the code that makes a run's batches, and first of all the images, if the lab has those at
    hand. Until it has, 202; a `catalog` event tells when."""
    content = service.preview(database, settings.home, key, augment)
    if content is None:
        return JSONResponse(Asked(detail="A worker has been asked for it.").model_dump(), status_code=202)
    return _picture(content)


def _picture(content: bytes) -> Response:
    return Response(content, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})
