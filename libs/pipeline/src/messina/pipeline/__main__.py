"""`python -m messina.pipeline FILE` writes the JSON schema of a pipeline's file to FILE."""

import sys
from pathlib import Path

from messina.pipeline.schema import schema_text

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(schema_text(), encoding="utf-8")
