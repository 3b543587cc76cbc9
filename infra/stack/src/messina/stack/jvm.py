"""How our JVMs are started: small, quick to come up, quiet."""

from pathlib import Path

from messina.artifacts import java_binary


def jvm(
    main: str,
    classpath: tuple[Path | str, ...],
    *arguments: str,
    heap: str,
    flags: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """The command line of a JVM.

    `TieredStopAtLevel=1` is not set here: it halves the start and also the throughput, so each
    component chooses for itself.
    """
    return (
        str(java_binary()),
        f"-Xmx{heap}",
        "-XX:+UseSerialGC",
        "-XX:-UsePerfData",
        "-Djava.awt.headless=true",
        "-Djava.net.preferIPv4Stack=true",
        *flags,
        "-cp",
        ":".join(map(str, classpath)),
        main,
        *arguments,
    )
