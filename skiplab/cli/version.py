"""`skiplab version`."""


def version() -> None:
    """Print the lab's version."""
    from importlib.metadata import version as installed_version

    print(f"skiplab {installed_version('skiplab')}")
