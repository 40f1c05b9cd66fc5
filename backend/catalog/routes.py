"""/models and /datasets"""

from fastapi import APIRouter
from pydantic import BaseModel

from backend.catalog import service
from backend.contract.catalog import DatasetCard, ModelCard, ModelDetails
from backend.db import catalog
from backend.deps import DatabaseDep
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
