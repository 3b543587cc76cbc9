"""`python -m messina.cli`, as the launcher runs it."""

import sys

try:
    from messina.cli.main import main
except KeyboardInterrupt:
    sys.exit(130)
except ImportError as error:
    if (error.name or "").startswith("messina"):
        raise
    sys.exit(
        f"messina: the Python environment {sys.prefix} is damaged ({error}). "
        f"Remove it and run the same command again: rm -r {sys.prefix}"
    )

sys.exit(main())
