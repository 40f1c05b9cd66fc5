"""`python -m skiplab`: the command line."""

from skiplab.cli import app

if __name__ == "__main__":
    app()
