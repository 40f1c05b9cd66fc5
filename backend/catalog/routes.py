"""/models and /datasets"""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel

from backend.catalog import service
from backend.catalog.images import Split, png
from backend.contract.catalog import DatasetCard, ModelCard, ModelDetails
from backend.contract.spec import Key
from backend.db import catalog
from backend.deps import DatabaseDep, SettingsDep
from backend.errors import PROBLEM_RESPONSE

router = APIRouter(tags=["catalog"], responses=PROBLEM_RESPONSE)


class ModelList(BaseModel):
    items: list[ModelCard]


class DatasetList(BaseModel):
    items: list[DatasetCard]


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
def list_datasets(database: DatabaseDep) -> DatasetList:
    """The data sets that workers can load."""
    with database.read() as session:
        return DatasetList(items=catalog.datasets(session))


@router.get("/datasets/{key}/images/{split}/{place}", response_class=Response)
def read_image(key: Key, split: Split, place: Annotated[int, Path(ge=0, lt=2**31)], settings: SettingsDep) -> Response:
    """One image of a data set, as a PNG."""
    content = png(settings.home, key, split, place)
    return Response(content, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})
