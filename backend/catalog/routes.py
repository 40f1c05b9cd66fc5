"""/models and /datasets"""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from backend.catalog import dataset_versions, images, service
from backend.catalog.dataset_versions import ImageSource
from backend.db import catalog
from backend.deps import DatabaseDep, NotifierDep, SettingsDep
from backend.errors import PROBLEM_RESPONSE
from skiplab.contract.catalog import DatasetList, ModelDetails, ModelList, OfferedDataset, VersionList
from skiplab.contract.imports import Split
from skiplab.contract.spec import Augmentation, Key

router = APIRouter(tags=["catalog"], responses=PROBLEM_RESPONSE)


Index = Annotated[int, Path(ge=0, lt=2**31)]
"""0-based index of an image in its split, or of a class."""


AnyVersion = Annotated[
    str | None,
    Query(
        pattern="^([1-9][0-9]{0,8}|[0-9a-f]{64})$",
        description="Number or SHA-256 of a version; the current one by default.",
    ),
]


NO_PREVIEW = "The preview is not on this server: the newest `preview_augmentation` errand of the data set says why."


class Pending(BaseModel):
    """The resource does not exist yet."""

    detail: str


class DatasetChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    label: str = Field(
        min_length=1,
        max_length=dataset_versions.LONGEST_LABEL,
        description="Display name: one line, without control characters.",
    )


@router.get("/models")
def list_models(database: DatabaseDep) -> ModelList:
    """List the networks that workers can build, without their layer tables."""
    with database.read() as session:
        return ModelList(items=catalog.models(session))


@router.get("/models/{key}")
def read_model(key: str, database: DatabaseDep, notifier: NotifierDep) -> ModelDetails:
    """Return the complete card of a network. `measured: false`: measuring it was requested; a `catalog` event follows
    once it is done."""
    return service.read_model(database, notifier, key)


@router.get("/datasets")
def list_datasets(database: DatabaseDep, settings: SettingsDep) -> DatasetList:
    """List the data sets that workers can load."""
    with database.read() as session:
        cards = catalog.datasets(session)
    return DatasetList(
        items=[OfferedDataset(**dict(card), pictures=images.are_here(settings.home, card.key)) for card in cards]
    )


@router.get("/datasets/{key}/versions")
def list_versions(key: Key, database: DatabaseDep, settings: SettingsDep) -> VersionList:
    """List all versions, newest first, including deleted ones."""
    return dataset_versions.versions_of(database, settings.home, key)


@router.patch("/datasets/{key}")
def change_dataset(key: Key, change: DatasetChange, database: DatabaseDep, settings: SettingsDep) -> OfferedDataset:
    """Change the label of a data set. Its key stays, since specs and links refer to it."""
    card = dataset_versions.rename(database, key, change.label)
    return OfferedDataset(**dict(card), pictures=images.are_here(settings.home, key))


@router.delete("/datasets/{key}", status_code=204)
def delete_version(
    key: Key,
    version: Annotated[int, Query(ge=1, lt=2**31, description="Version number.")],
    database: DatabaseDep,
    settings: SettingsDep,
    force: Annotated[bool, Query(description="Delete even if ended runs used it; their metrics are kept.")] = False,
) -> None:
    """Delete the images of one version. Refused while an unfinished run uses it."""
    dataset_versions.delete(database, settings.home, key, version, force=force)


@router.get("/datasets/{key}/images/{split}/{place}", response_class=Response)
def read_image(
    key: Key,
    split: Split,
    place: Index,
    request: Request,
    settings: SettingsDep,
    database: DatabaseDep,
    version: AnyVersion = None,
) -> Response:
    """Return one image of a data set as PNG."""
    found = dataset_versions.image_source(database, settings.home, key, version)
    return _versioned(request, found, lambda: images.png(found.folder, key, split, place))


@router.get("/datasets/{key}/samples/{split}/{label}", response_class=Response)
def read_samples(
    key: Key,
    split: Split,
    label: Index,
    request: Request,
    settings: SettingsDep,
    database: DatabaseDep,
    version: AnyVersion = None,
) -> Response:
    """Return some images of one class (0-based), side by side, as PNG."""
    found = dataset_versions.image_source(database, settings.home, key, version)
    return _versioned(request, found, lambda: images.samples(found.folder, key, split, label))


@router.get(
    "/datasets/{key}/previews/{augment}",
    response_class=Response,
    responses={202: {"model": Pending, "description": "Not on this server."}},
)
def read_preview(
    key: Key, augment: Augmentation, settings: SettingsDep, database: DatabaseDep, notifier: NotifierDep
) -> Response:
    """Return augmented training images as PNG: one row per image, one column per epoch.

    A worker renders it with the training pipeline, generating the data set first if needed. While it is not on this
    server the status is 202, and rendering it is requested, unless that was done or failed within the last minute: a
    worker without access to this server's disk keeps it on its own. The newest `preview_augmentation` errand says
    which; a `catalog` event follows its end."""
    content = service.preview(database, notifier, settings.home, key, augment)
    if content is None:
        return JSONResponse(Pending(detail=NO_PREVIEW).model_dump(), status_code=202)
    return _picture(content)


def _picture(content: bytes) -> Response:
    """A PNG that may change at any time."""
    return Response(content, media_type="image/png", headers={"Cache-Control": "private, no-cache"})


def _versioned(request: Request, found: ImageSource, draw: Callable[[], bytes]) -> Response:
    """A response by hash never changes and is cached for good; any other is revalidated by its ETag, without being
    drawn again."""
    named = "max-age=31536000, immutable" if found.named else "no-cache"
    headers = {"Cache-Control": f"private, {named}", "ETag": f'"{found.tag}"'}
    if f'"{found.tag}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(draw(), media_type="image/png", headers=headers)
