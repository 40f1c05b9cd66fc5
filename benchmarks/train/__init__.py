"""Training speed of Skiplab compared with plain PyTorch scripts. `make bench-train` runs `__main__.py`."""
