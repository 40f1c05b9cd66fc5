"""`python -m backend`: the web process."""

import gc


def main() -> None:
    # Collections during the imports free next to nothing, and take a tenth of their time. `serve` collects once.
    gc.disable()
    from backend.process import serve

    serve()


if __name__ == "__main__":
    main()
