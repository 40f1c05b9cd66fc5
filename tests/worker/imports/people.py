"""Small folders and archives in the layouts of public data sets."""

import csv
import gzip
import io
import json
import pickle
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SIDE = 16


def picture(number: int, *, side: int = SIDE) -> Image.Image:
    """A different one for each number."""
    return Image.fromarray(np.random.default_rng(number).integers(0, 256, (side, side, 3), dtype=np.uint8))


class Folder:
    """Fills a folder with images, none of them there twice."""

    def __init__(self, top: Path) -> None:
        self.top, self._number = top, 0

    def image(self, path: str, **settings: Any) -> None:
        self._number += 1
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        picture(self._number, **settings).save(file)

    def images(self, folder: str, count: int, name: str = "{}.png") -> None:
        for number in range(count):
            self.image(f"{folder}/{name.format(number)}")

    def table(self, path: str, header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
        with (self.top / path).open("w", newline="") as file:
            csv.writer(file).writerows([list(header), *map(list, rows)])


def train_and_val(folder: Folder) -> None:
    """hymenoptera_data of PyTorch's own tutorial."""
    for split, count in (("train", 4), ("val", 2)):
        for label in ("ants", "bees"):
            folder.images(f"hymenoptera_data/{split}/{label}", count)


def train_validation_and_test(folder: Folder) -> None:
    for split, count in (("train", 4), ("validation", 2), ("test", 3)):
        for label in ("bike", "car"):
            folder.images(f"{split}/{label}", count)


def training_and_testing(folder: Folder) -> None:
    """The brain tumour MRIs of Kaggle."""
    for split, count in (("Training", 4), ("Testing", 2)):
        for label in ("glioma", "notumor", "pituitary"):
            folder.images(f"archive/{split}/{label}", count)


def training_set_and_test_set(folder: Folder) -> None:
    """A cats and dogs of Kaggle, a folder inside a folder of the same name."""
    for split, count in (("training_set", 4), ("test_set", 2)):
        for label in ("cats", "dogs"):
            folder.images(f"{split}/{split}/{label}", count)
        folder.top.joinpath(split, split, "_DS_Store").write_bytes(b"\0\0\0\1Bud1")


def seg_train_and_seg_test(folder: Folder) -> None:
    """The Intel scenes: the third folder has no labels."""
    for split, count in (("seg_train", 4), ("seg_test", 2)):
        for label in ("forest", "sea"):
            folder.images(f"{split}/{split}/{label}", count)
    folder.images("seg_pred/seg_pred", 3)


def upper_case_splits(folder: Folder) -> None:
    for split, count in (("TRAIN", 4), ("VALID", 2), ("TEST", 3)):
        for label in ("a", "b"):
            folder.images(f"data/lungs/{split}/{label}", count)


def classes_alone(folder: Folder) -> None:
    """Caltech's and many others: one folder for each class."""
    for label in ("daisy", "rose", "tulip"):
        folder.images(f"flower_photos/{label}", 10)
    (folder.top / "flower_photos/LICENSE.txt").write_text("CC BY")


def names_of_files(folder: Folder) -> None:
    """Dogs vs. Cats: the test images have no labels."""
    folder.images("train", 10, "cat.{}.jpg")
    folder.images("train", 10, "dog.{}.jpg")
    folder.images("test1", 5, "{}.jpg")


def one_folder(folder: Folder) -> None:
    """Oxford's pets."""
    folder.images("images", 10, "Abyssinian_{}.jpg")
    folder.images("images", 10, "american_bulldog_{}.jpg")


def a_table(folder: Folder) -> None:
    """Dog breeds: names without a suffix, test images that are not listed."""
    folder.images("train", 20, "{:04x}.jpg")
    folder.images("test", 4, "t{}.jpg")
    folder.table("labels.csv", ("id", "breed"), ((f"{n:04x}", ("boxer", "beagle")[n % 2]) for n in range(20)))
    folder.table("sample_submission.csv", ("id", "breed"), ((f"t{n}", "boxer") for n in range(4)))


def a_table_with_splits(folder: Folder) -> None:
    """Its folders are no classes."""
    folder.images("images_part_1", 10, "p{}.jpg")
    folder.images("images_part_2", 10, "q{}.jpg")
    names = [f"images_part_1/p{n}.jpg" for n in range(10)] + [f"images_part_2/q{n}.jpg" for n in range(10)]
    splits = ("train", "train", "train", "valid", "test")
    rows = ((name, ("mel", "nv")[place // 5 % 2], splits[place % 5], "60") for place, name in enumerate(names))
    folder.table("metadata.csv", ("filepaths", "dx", "data set", "age"), rows)


def one_hot_table(folder: Folder) -> None:
    """ISIC's ground truth: a column for each class."""
    folder.images("input", 12, "ISIC_{:04}.jpg")
    rows = ((f"ISIC_{n:04}", *(("1.0", "0.0") if n % 2 else ("0.0", "1.0"))) for n in range(12))
    folder.table("ground_truth.csv", ("image", "MEL", "NV"), rows)


def signs(folder: Folder) -> None:
    """GTSRB: the test images lie side by side, and a table labels them."""
    for label in ("0", "1", "14"):
        folder.images(f"Train/{label}", 4, f"{label}_{{}}.png")
    folder.images("Test", 6, "{:05}.png")
    rows = (("53", "54", ("0", "1", "14")[n % 3], f"Test/{n:05}.png") for n in range(6))
    folder.table("Test.csv", ("Width", "Height", "ClassId", "Path"), rows)
    rows = (("29", "30", label, f"Train/{label}/{label}_{n}.png") for label in ("0", "1", "14") for n in range(4))
    folder.table("Train.csv", ("Width", "Height", "ClassId", "Path"), rows)


def classes_with_splits(folder: Folder) -> None:
    for label in ("oak", "pine"):
        folder.images(f"trees/{label}/train", 4)
        folder.images(f"trees/{label}/test", 2)


def a_copy_in_it(folder: Folder) -> None:
    """The chest X-rays of Kaggle: a copy of all in a folder beside the splits."""
    for top in ("chest_xray", "chest_xray/chest_xray"):
        for split, count in (("train", 4), ("val", 1), ("test", 2)):
            for label in ("NORMAL", "PNEUMONIA"):
                folder.images(f"{top}/{split}/{label}", count, "{}.jpeg")


def tiny_imagenet(folder: Folder) -> None:
    """A folder more below each class, validation images with a table of their own."""
    for label in ("n01443537", "n01629819"):
        folder.images(f"tiny/train/{label}/images", 4, f"{label}_{{}}.JPEG")
    folder.images("tiny/val/images", 4, "val_{}.JPEG")
    lines = [f"val_{n}.JPEG\t{('n01443537', 'n01629819')[n % 2]}\t0\t32\t44\t62" for n in range(4)]
    (folder.top / "tiny/val/val_annotations.txt").write_text("\n".join(lines))


FOLDERS: dict[str, tuple[Callable[[Folder], None], Mapping[str, tuple[int, ...]]]] = {
    each.__name__: (each, counts)
    for each, counts in (
        (train_and_val, {"train": (4, 4), "test": (2, 2)}),
        (train_validation_and_test, {"train": (4, 4), "val": (2, 2), "test": (3, 3)}),
        (training_and_testing, {"train": (4, 4, 4), "test": (2, 2, 2)}),
        (training_set_and_test_set, {"train": (4, 4), "test": (2, 2)}),
        (seg_train_and_seg_test, {"train": (4, 4), "test": (2, 2)}),
        (upper_case_splits, {"train": (4, 4), "val": (2, 2), "test": (3, 3)}),
        (classes_alone, {"train": (8, 8, 8), "test": (2, 2, 2)}),
        (names_of_files, {"train": (8, 8), "test": (2, 2)}),
        (one_folder, {"train": (8, 8), "test": (2, 2)}),
        (a_table, {"train": (8, 8), "test": (2, 2)}),
        (a_table_with_splits, {"train": (6, 6), "val": (2, 2), "test": (2, 2)}),
        (one_hot_table, {"train": (5, 5), "test": (1, 1)}),
        (signs, {"train": (4, 4, 4), "test": (2, 2, 2)}),
        (classes_with_splits, {"train": (4, 4), "test": (2, 2)}),
        (a_copy_in_it, {"train": (4, 4), "val": (1, 1), "test": (2, 2)}),
        (tiny_imagenet, {"train": (4, 4), "test": (2, 2)}),
    )
}
"""Each with the images of each class that it should become."""

COUNT = 8
LABELS = np.arange(COUNT) % 2


def pixels(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (COUNT, *shape), dtype=np.uint8)


def cifar10(top: Path) -> Path:
    """cifar-10-python.tar.gz, pickled as Python 2 did."""
    top.mkdir(parents=True, exist_ok=True)
    path = top / "cifar-10-python.tar.gz"
    batches = {f"data_batch_{n}": n for n in range(1, 6)} | {"test_batch": 6}
    files = {
        name: pickle.dumps({"data": pixels(n, 3072), "labels": LABELS.tolist()}, protocol=2)
        for name, n in batches.items()
    }
    files["batches.meta"] = pickle.dumps({"label_names": ["ship", "cat"]}, protocol=2)
    _tar(path, {f"cifar-10-batches-py/{name}": content for name, content in files.items()})
    return path


def cifar100(top: Path) -> Path:
    """Its unpacked folder."""
    folder = top / "cifar-100-python"
    folder.mkdir(parents=True)
    for name, seed in (("train", 1), ("test", 2)):
        content = {"data": pixels(seed, 3072), "fine_labels": LABELS.tolist(), "coarse_labels": [0] * COUNT}
        (folder / name).write_bytes(pickle.dumps(content))
    meta = {"fine_label_names": ["apple", "bear"], "coarse_label_names": ["thing"]}
    (folder / "meta").write_bytes(pickle.dumps(meta))
    return folder


def keras(top: Path) -> Path:
    """mnist.npz."""
    top.mkdir(parents=True, exist_ok=True)
    path = top / "mnist.npz"
    train, test = pixels(1, 28, 28), pixels(2, 28, 28)
    np.savez_compressed(path, x_train=train, y_train=LABELS, x_test=test, y_test=LABELS)
    return path


def medmnist(top: Path) -> Path:
    top.mkdir(parents=True, exist_ok=True)
    path = top / "bloodmnist.npz"
    arrays: dict[str, Any] = {
        f"{split}_{kind}": pixels(seed, 28, 28, 3) if kind == "images" else LABELS[:, None]
        for seed, split in enumerate(("train", "val", "test"))
        for kind in ("images", "labels")
    }
    np.savez(path, **arrays)
    return path


def mnist(top: Path) -> Path:
    """The raw files that torchvision leaves."""
    folder = top / "MNIST/raw"
    folder.mkdir(parents=True)
    for name, seed in (("train", 1), ("t10k", 2)):
        for kind, array in (("images-idx3", pixels(seed, 28, 28)), ("labels-idx1", LABELS.astype(np.uint8))):
            sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
            content = bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()
            (folder / f"{name}-{kind}-ubyte.gz").write_bytes(gzip.compress(content))
            (folder / f"{name}-{kind}-ubyte").write_bytes(content)
    return top / "MNIST"


def hugging_face(top: Path) -> Path:
    """beans, in two shards of the training split."""
    import pyarrow as pa
    from pyarrow import parquet

    folder = top / "beans/data"
    folder.mkdir(parents=True)
    features = {"image": {"_type": "Image"}, "labels": {"_type": "ClassLabel", "names": ["rust", "healthy"]}}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    files = ("train-00000-of-00002", "train-00001-of-00002", "validation-00000-of-00001", "test-00000-of-00001")
    for place, name in enumerate(files):
        contents = []
        for number in range(COUNT):
            file = io.BytesIO()
            picture(COUNT * place + number).save(file, "JPEG")
            contents.append({"bytes": file.getvalue(), "path": f"{number}.jpg"})
        table = pa.table(
            {"image": contents, "labels": pa.array(LABELS.tolist(), pa.int64())},
        ).replace_schema_metadata(metadata)
        parquet.write_table(table, folder / f"{name}.parquet", row_group_size=3)
    return top / "beans"


def packed(folder: Path, path: Path) -> Path:
    """As an archive, by the suffix of `path`."""
    files = {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    else:
        _tar(path, files)
    return path


def _tar(path: Path, files: dict[str, bytes]) -> None:
    kind = {".tar": "", ".gz": "gz", ".tgz": "gz", ".xz": "xz", ".bz2": "bz2"}[path.suffix]
    with tarfile.open(path, f"w:{kind}") as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
