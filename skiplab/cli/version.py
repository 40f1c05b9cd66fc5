"""`skiplab version`."""


def version() -> None:
    """Print the version of Skiplab."""
    from importlib.metadata import version as installed_version

    print(f"skiplab {installed_version('skiplab')}")
