"""/models and /datasets"""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from backend.catalog import data, images, service
from backend.catalog.data import Pictures, VersionList
from backend.db import catalog
from backend.deps import DatabaseDep, NotifierDep, SettingsDep
from backend.errors import PROBLEM_RESPONSE
from skiplab.contract.catalog import DatasetCard, ModelCard, ModelDetails
from skiplab.contract.imports import Split
from skiplab.contract.spec import Augmentation, Key

router = APIRouter(tags=["catalog"], responses=PROBLEM_RESPONSE)


Place = Annotated[int, Path(ge=0, lt=2**31)]
"""Of an image in its split, or of a class: from 0."""


AnyVersion = Annotated[
    str | None,
    Query(
        pattern="^([1-9][0-9]{0,8}|[0-9a-f]{64})$",
        description="Number or SHA-256 of a version; the current one when left out.",
    ),
]


class ModelList(BaseModel):
    items: list[ModelCard]


class Asked(BaseModel):
    """Not there yet."""

    detail: str


class OfferedDataset(DatasetCard):
    pictures: bool = Field(description="Whether its images are on this machine, to be looked at.")


class DatasetList(BaseModel):
    items: list[OfferedDataset]


class DatasetChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    label: str = Field(
        min_length=1,
        max_length=data.LONGEST_LABEL,
        description="What people see: one line, without control characters.",
    )


@router.get("/models")
def list_models(database: DatabaseDep) -> ModelList:
    """The networks that workers can build; layer tables are in each one's own answer."""
    with database.read() as session:
        return ModelList(items=catalog.models(session))


@router.get("/models/{key}")
def read_model(key: str, database: DatabaseDep, notifier: NotifierDep) -> ModelDetails:
    """One network's whole card. `measured: false`: the numbers have been requested from a worker; a `catalog` event
    says when they are there."""
    return service.read_model(database, notifier, key)


@router.get("/datasets")
def list_datasets(database: DatabaseDep, settings: SettingsDep) -> DatasetList:
    """The data sets that workers can load."""
    with database.read() as session:
        cards = catalog.datasets(session)
    return DatasetList(
        items=[OfferedDataset(**dict(card), pictures=images.are_here(settings.home, card.key)) for card in cards]
    )


@router.get("/datasets/{key}/versions")
def list_versions(key: Key, database: DatabaseDep, settings: SettingsDep) -> VersionList:
    """Every version that there ever was, the newest first; what was deleted stays known to the runs on it."""
    return data.versions_of(database, settings.home, key)


@router.patch("/datasets/{key}")
def change_dataset(key: Key, change: DatasetChange, database: DatabaseDep, settings: SettingsDep) -> OfferedDataset:
    """Give a data set another name for people. Its key stays, which specs and links hold."""
    card = data.rename(database, key, change.label)
    return OfferedDataset(**dict(card), pictures=images.are_here(settings.home, key))


@router.delete("/datasets/{key}", status_code=204)
def delete_version(
    key: Key,
    version: Annotated[int, Query(ge=1, lt=2**31, description="Its number.")],
    database: DatabaseDep,
    settings: SettingsDep,
    force: Annotated[bool, Query(description="Also where finished runs trained on it; their numbers stay.")] = False,
) -> None:
    """Delete the images of one version. Not while a run that may still train is on it."""
    data.delete(database, settings.home, key, version, force=force)


@router.get("/datasets/{key}/images/{split}/{place}", response_class=Response)
def read_image(
    key: Key,
    split: Split,
    place: Place,
    request: Request,
    settings: SettingsDep,
    database: DatabaseDep,
    version: AnyVersion = None,
) -> Response:
    """One image of a data set, as a PNG."""
    found = data.pictures(database, settings.home, key, version)
    return _versioned(request, found, lambda: images.png(found.folder, key, split, place))


@router.get("/datasets/{key}/samples/{split}/{label}", response_class=Response)
def read_samples(
    key: Key,
    split: Split,
    label: Place,
    request: Request,
    settings: SettingsDep,
    database: DatabaseDep,
    version: AnyVersion = None,
) -> Response:
    """Some images of one class (from 0), side by side, as a PNG."""
    found = data.pictures(database, settings.home, key, version)
    return _versioned(request, found, lambda: images.samples(found.folder, key, split, label))


@router.get(
    "/datasets/{key}/previews/{augment}",
    response_class=Response,
    responses={202: {"model": Asked, "description": "A worker has been asked for it."}},
)
def read_preview(
    key: Key, augment: Augmentation, settings: SettingsDep, database: DatabaseDep, notifier: NotifierDep
) -> Response:
    """What an augmentation makes of some training images, as a PNG: a row for each image, a column for each epoch.

    A worker makes it with the code that makes a run's batches, and first of all the images, if the lab has those at
    hand. Until it has, 202; a `catalog` event tells when."""
    content = service.preview(database, notifier, settings.home, key, augment)
    if content is None:
        return JSONResponse(Asked(detail="A worker has been asked for it.").model_dump(), status_code=202)
    return _picture(content)


def _picture(content: bytes) -> Response:
    """What may be another one any time."""
    return Response(content, media_type="image/png", headers={"Cache-Control": "private, no-cache"})


def _versioned(request: Request, found: Pictures, draw: Callable[[], bytes]) -> Response:
    """A picture of images that were named by their hash never changes; another is asked for again each time, which
    costs no picture as long as the images are the same."""
    named = "max-age=31536000, immutable" if found.named else "no-cache"
    headers = {"Cache-Control": f"private, {named}", "ETag": f'"{found.tag}"'}
    if f'"{found.tag}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(draw(), media_type="image/png", headers=headers)
