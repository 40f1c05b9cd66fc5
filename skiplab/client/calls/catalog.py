"""Networks and data sets on offer."""

from skiplab.client.steps import Steps, delete, get, patch
from skiplab.contract.catalog import (
    DatasetList,
    ListedVersion,
    ModelCard,
    ModelDetails,
    ModelList,
    OfferedDataset,
    VersionList,
)


def models() -> Steps[list[ModelCard]]:
    """Return the networks that workers can build."""
    return (yield from get("/models", ModelList)).items


def model(key: str) -> Steps[ModelDetails]:
    """Return a network with its layers and blocks. Raises NotFound."""
    return (yield from get(f"/models/{key}", ModelDetails))


def datasets() -> Steps[list[OfferedDataset]]:
    """Return the data sets that workers can load."""
    return (yield from get("/datasets", DatasetList)).items


def versions(key: str) -> Steps[list[ListedVersion]]:
    """Return all versions of a data set, newest first, including deleted ones. Raises NotFound."""
    return (yield from get(f"/datasets/{key}/versions", VersionList)).items


def rename_dataset(key: str, label: str) -> Steps[OfferedDataset]:
    """Change the label of a data set. Raises NotFound, Invalid."""
    return (yield from patch(f"/datasets/{key}", OfferedDataset, {"label": label}))


def delete_version(key: str, version: int, *, force: bool = False) -> Steps[None]:
    """Delete the images of one version. Raises Conflict if runs use it; `force`: even if ended runs used it."""
    yield from delete(f"/datasets/{key}", version=version, force=force)
