"""The kinds of errands by name. They import torch only when they run."""

from collections.abc import Mapping

from skiplab.contract.errands import ErrandKind
from worker.errands import import_data, measure_card, preview_augmentation
from worker.errands.kind import Kind

KINDS: Mapping[ErrandKind, Kind] = {
    ErrandKind.MEASURE_CARD: measure_card.KIND,
    ErrandKind.PREVIEW_AUGMENTATION: preview_augmentation.KIND,
    ErrandKind.IMPORT_DATA: import_data.KIND,
}
