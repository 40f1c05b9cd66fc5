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
    train_counts: list[int] | None = Field(None, description="Training images of each class, as `classes` has them.")
    test_counts: list[int] | None = Field(None, description="Test images of each class, likewise.")
    image_shape: tuple[int, int, int] | None = Field(None, description="Channels, height, width.")
    available: bool = Field(description="A run on it needs no download.")
    needs: str | None = Field(
        None, description="What the first run does before it trains, such as `a download of 170 MB`; null: nothing."
    )
    source: str = Field(description="Where the images come from, for people.")
