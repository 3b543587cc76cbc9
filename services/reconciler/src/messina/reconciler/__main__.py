"""`python -m messina.reconciler`."""

from messina.reconciler.cli import main

if __name__ == "__main__":
    main()
