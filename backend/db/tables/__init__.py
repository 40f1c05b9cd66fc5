"""The tables. A *table* is a database class; the models that the API exposes are in `skiplab.contract`."""

from sqlmodel import SQLModel

from backend.db.column_types import utc_now as utc_now
from backend.db.dialects import widen
from backend.db.tables.catalog import DatasetLabelTable as DatasetLabelTable
from backend.db.tables.catalog import DatasetTable as DatasetTable
from backend.db.tables.catalog import DatasetVersionTable as DatasetVersionTable
from backend.db.tables.catalog import ModelTable as ModelTable
from backend.db.tables.catalog import QuantityTable as QuantityTable
from backend.db.tables.catalog import TrainingCheckTable as TrainingCheckTable
from backend.db.tables.errands import ErrandTable as ErrandTable
from backend.db.tables.errands import ImportTable as ImportTable
from backend.db.tables.measurements import ArtifactTable as ArtifactTable
from backend.db.tables.measurements import ConfusionTable as ConfusionTable
from backend.db.tables.measurements import LayerTable as LayerTable
from backend.db.tables.measurements import LogTable as LogTable
from backend.db.tables.measurements import MetricKeyTable as MetricKeyTable
from backend.db.tables.measurements import MetricTable as MetricTable
from backend.db.tables.measurements import SystemTable as SystemTable
from backend.db.tables.operations import EventTable as EventTable
from backend.db.tables.operations import IdempotentResponseTable as IdempotentResponseTable
from backend.db.tables.operations import SignInTable as SignInTable
from backend.db.tables.operations import TokenTable as TokenTable
from backend.db.tables.operations import WorkerTable as WorkerTable
from backend.db.tables.runs import CounterTable as CounterTable
from backend.db.tables.runs import ExperimentTable as ExperimentTable
from backend.db.tables.runs import RunTable as RunTable
from backend.db.tables.runs import TransitionTable as TransitionTable

for _table in SQLModel.metadata.sorted_tables:
    widen(_table.columns)
