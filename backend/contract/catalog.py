"""What workers announce: the networks they can build and the data sets they can load."""

from pydantic import BaseModel, Field


class ModelCard(BaseModel):
    """A network on offer, measured at 3x32x32 and 10 classes."""

    key: str
    label: str
    parameters: int
    flops: int = Field(description="Per image, forward, 2 x multiply-accumulate.")
    structure: str = Field(description="The module tree, as print(model) gives it.")
    paper: str | None = None


class DatasetCard(BaseModel):
    key: str
    label: str
    classes: list[str] | None = Field(None, description="Class names; null until the data are here.")
    train_images: int | None = None
    test_images: int | None = None
    image_shape: tuple[int, int, int] | None = Field(None, description="Channels, height, width.")
    available: bool = Field(description="On this worker's disk already, so that a run needs no download.")
    source: str = Field(description="Where the images come from, for people.")
