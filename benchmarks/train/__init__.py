"""How fast the lab trains, beside what people would write without it. `make bench-train` runs `__main__.py`."""
