"""/models and /datasets"""

from fastapi import APIRouter
from pydantic import BaseModel

from backend.contract.catalog import DatasetCard, ModelCard
from backend.db import catalog
from backend.deps import DatabaseDep
from backend.errors import PROBLEM_RESPONSE, NotFound

router = APIRouter(tags=["catalog"], responses=PROBLEM_RESPONSE)


class ModelList(BaseModel):
    items: list[ModelCard]


class DatasetList(BaseModel):
    items: list[DatasetCard]


@router.get("/models")
def list_models(database: DatabaseDep) -> ModelList:
    """The networks that workers can build."""
    with database.read() as session:
        return ModelList(items=catalog.models(session))


@router.get("/models/{key}")
def read_model(key: str, database: DatabaseDep) -> ModelCard:
    with database.read() as session:
        for card in catalog.models(session):
            if card.key == key:
                return card
    raise NotFound(f"There is no network {key!r}.")


@router.get("/datasets")
def list_datasets(database: DatabaseDep) -> DatasetList:
    """The data sets that workers can load."""
    with database.read() as session:
        return DatasetList(items=catalog.datasets(session))
