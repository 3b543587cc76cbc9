"""Sums up the JUnit reports of a test run in one line: `312 passed, 0 failed, 2 skipped in 41.0 s`.

    python3 tools/python/summary.py FOLDER EXIT_CODE

Needs any Python 3 and no library. A run that failed without a failed test (a file that could not
be loaded, say, has no report) counts as one failure.
"""

import sys
from pathlib import Path
from xml.etree import ElementTree


def main(arguments: list[str]) -> int:
    """Print the sum of a folder of reports, and say again how the run ended."""
    folder, exit_code = Path(arguments[0]), int(arguments[1])
    passed = failed = skipped = 0
    seconds = 0.0
    for report in sorted(folder.glob("*.xml")):
        try:
            suites = list(ElementTree.parse(report).iter("testsuite"))
        except ElementTree.ParseError:
            suites = []
        if not suites:
            failed += 1
        for suite in suites:
            bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            left_out = int(suite.get("skipped", 0))
            failed += bad
            skipped += left_out
            passed += int(suite.get("tests", 0)) - bad - left_out
            seconds += float(suite.get("time", 0))
    if exit_code and not failed:
        failed = 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped in {seconds:.1f} s")
    return exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
