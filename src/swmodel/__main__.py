"""`python -m swmodel` does what the command `swmodel` does."""

from swmodel.cli import main

if __name__ == "__main__":
    main()
