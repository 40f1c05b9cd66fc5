"""Resolution and validation of specs against the networks and data sets that workers offer."""

from collections.abc import Mapping, Sequence, Set
from typing import Any, Self

from backend.db import catalog, checks, workers
from backend.db.checks import Subject
from backend.db.database import Session
from backend.errors import Invalid, NotReady
from skiplab.contract.catalog import DatasetCard, ModelCard
from skiplab.contract.check import TrainingCheck, class_count_remedy
from skiplab.contract.presets import PRESETS
from skiplab.contract.problems import FieldError
from skiplab.contract.resolve import Resolved, resolve
from skiplab.contract.spec import RunSpec, images_per_epoch


class SpecResolver:
    def __init__(
        self,
        models: Sequence[ModelCard],
        datasets: Sequence[DatasetCard],
        refusals: Mapping[Subject, Sequence[TrainingCheck]],
        devices: Set[str],
    ) -> None:
        """`refusals`: negative training checks. `devices`: device kinds of online workers."""
        self._refusals, self._devices = refusals, devices
        self._models = {card.key: card for card in models}
        self._datasets = {card.key: card for card in datasets}

    @classmethod
    def read(cls, session: Session) -> Self:
        """Read what workers offer. Raises NotReady before a worker has announced its networks."""
        if not catalog.is_announced(session):
            raise NotReady("No worker has announced its networks yet; try again in a few seconds.", retry_after=3)
        devices = {device["kind"] for worker in workers.online(session) for device in worker.devices}
        return cls(catalog.models(session), catalog.datasets(session), checks.refusals(session), devices)

    def resolve(self, given: Mapping[str, Any], preset: str | None) -> Resolved:
        """Resolve all fields from those given, the preset, the network's defaults and the defaults. Raises Invalid."""
        if preset is not None and preset not in PRESETS:
            raise Invalid(f"preset: {(error := _unknown_preset(preset)).message}", errors=[error])
        model = self._models.get(str(given.get("model")))
        return resolve(given, PRESETS[preset].fields if preset else {}, model.defaults if model else {})

    def check(self, specs: Sequence[RunSpec]) -> None:
        """Check that every spec can be trained. Raises Invalid for networks and data sets that are not on offer, that
        do not fit together, or that have fewer images than a batch."""
        models, datasets = list(self._models), list(self._datasets)
        wrong = [_unknown("model", spec.model, models) for spec in specs if spec.model not in models]
        wrong += [_unknown("dataset", spec.dataset, datasets) for spec in specs if spec.dataset not in datasets]
        if not wrong:
            wrong = [error for spec in specs if (error := self._weightless(spec)) is not None]
            pairs = dict.fromkeys((spec.model, spec.dataset) for spec in specs)
            cards = [(self._models[model], self._datasets[data]) for model, data in pairs]
            wrong += [
                error for model, data in cards for error in _misfit(model, data) or self._untrainable(model, data)
            ]
            wrong += [error for spec in specs if (error := _overfull(spec, self._datasets[spec.dataset])) is not None]
        if wrong:
            # All seeds of an experiment have the same errors.
            once = {(error.field, error.message): error for error in wrong}
            raise Invalid("; ".join(dict.fromkeys(error.message for error in wrong)), errors=[*once.values()])

    def _untrainable(self, model: ModelCard, data: DatasetCard) -> list[FieldError]:
        """The error of a training check with this image shape and number of classes, if it failed."""
        if model.version is None or data.image_shape is None or data.classes is None:
            return []
        subject = Subject(model.key, model.version, data.image_shape, len(data.classes))
        found = self._refusals.get(subject, ())
        everywhere = any(check.on_any_device for check in found) or (
            # Without an online worker the run's device is unknown.
            bool(self._devices) and self._devices <= {check.device for check in found}
        )
        return [_model_error(model, str(found[-1].reason))] if found and everywhere else []

    def _weightless(self, spec: RunSpec) -> FieldError | None:
        if spec.weights == "random" or self._models[spec.model].published_weights is not None:
            return None
        offered = [card.key for card in self._models.values() if card.published_weights is not None]
        having = f"available for {', '.join(offered)}" if offered else "available for no network"
        message = f"no published weights of {spec.model} were found when the worker started; {having}"
        return FieldError(field="weights", value=spec.weights, message=message)


def _misfit(model: ModelCard, data: DatasetCard) -> list[FieldError]:
    """Why the network cannot be trained on the data set, according to their cards."""
    if model.error is not None:
        why = model.error.strip().splitlines()[-1]
        return [_model_error(model, f"{model.key} ({model.source}) cannot be built: {why}")]
    if data.error is not None:
        why = data.error.strip().splitlines()[-1]
        whose = f"{data.key} ({data.plugin})" if data.plugin else data.key
        return [FieldError(field="dataset", value=data.key, message=f"{whose} cannot be loaded: {why}")]
    if model.fixed_classes is not None and data.classes is not None and len(data.classes) != model.fixed_classes:
        gives = f"{model.key} gives {model.fixed_classes} logits whatever the classes, and {data.key} has"
        return [_model_error(model, f"{gives} {len(data.classes)}: {class_count_remedy(model.key)}")]
    if data.image_shape is None or model.smallest is None or min(data.image_shape[1:]) >= model.smallest:
        return []
    _, height, width = data.image_shape
    needs = f"{model.key} needs at least {model.smallest} x {model.smallest} pixels"
    return [_model_error(model, f"{needs}; the images of {data.key} are {height} x {width}")]


def _overfull(spec: RunSpec, data: DatasetCard) -> FieldError | None:
    """The error of a batch larger than the training set, according to its card."""
    if data.train_images is None:
        return None
    left = images_per_epoch(spec, data.train_images)
    if spec.batch_size <= left:
        return None
    message = f"batch_size ({spec.batch_size}) must not exceed the training images ({left}) of {data.key}"
    return FieldError(field="batch_size", value=spec.batch_size, message=message)


def _model_error(model: ModelCard, message: str) -> FieldError:
    return FieldError(field="model", value=model.key, message=message)


def _unknown(field: str, given: str, offered: list[str]) -> FieldError:
    kind = {"model": "network", "dataset": "data set"}[field]
    # The 80 torchvision networks are abbreviated; `allowed` has them all.
    named = [key for key in offered if not key.startswith("torchvision.")]
    named += ["torchvision.<name>"] * (len(named) < len(offered))
    return FieldError(
        field=field, value=given, message=f"unknown {kind} {given!r}; available: {', '.join(named)}", allowed=offered
    )


def _unknown_preset(given: str) -> FieldError:
    return FieldError(
        field="preset",
        value=given,
        message=f"unknown preset {given!r}; available: {', '.join(PRESETS)}",
        allowed=[*PRESETS],
    )
