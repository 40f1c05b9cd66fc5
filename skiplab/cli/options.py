"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[Path | None, typer.Option(help="Folder of everything the lab writes; SKIPLAB_HOME, or ./data.")]
