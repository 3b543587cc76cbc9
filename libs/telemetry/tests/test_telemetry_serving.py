"""A process that stays says over HTTP whether it is well, and what it has measured."""

import socket
import threading

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter

from messina.telemetry.serving import Answer, Beat, ServingError, parse_address, serving


def get(url: str) -> httpx.Response:
    return httpx.get(url, timeout=5, trust_env=False)


def test_well_is_200_and_not_well_is_503_with_the_facts() -> None:
    """/healthz and /readyz are 200 or 503, with what there is to know as JSON."""
    with serving(
        "127.0.0.1:0",
        healthz=lambda: Answer(True, {"role": "leader"}),
        readyz=lambda: Answer(False, {"waits_for": "kafka"}),
    ) as url:
        live, ready = get(f"{url}/healthz"), get(f"{url}/readyz")
    assert (live.status_code, live.json()) == (200, {"status": "ok", "role": "leader"})
    assert (ready.status_code, ready.json()) == (503, {"status": "not ok", "waits_for": "kafka"})


def test_metrics_are_those_of_the_registry() -> None:
    """/metrics is Prometheus's text of the registry that was given, and of no other."""
    registry = CollectorRegistry()
    Counter("messina_things", "Things.", registry=registry).inc(3)
    with serving("127.0.0.1:0", registry=registry) as url:
        answer = get(f"{url}/metrics")
    assert "messina_things_total 3.0" in answer.text
    assert "python_info" not in answer.text
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_check_that_fails_is_not_well() -> None:
    """A check that raises is answered with 503, not with a broken connection."""

    def broken() -> Answer:
        raise RuntimeError("hunter2")

    with serving("127.0.0.1:0", readyz=broken) as url:
        answer = get(f"{url}/readyz")
    assert answer.status_code == 503
    assert "hunter2" not in answer.text


def test_another_path_is_not_there() -> None:
    """What is not served is 404, and the answer says what is."""
    with serving("127.0.0.1:0") as url:
        answer = get(f"{url}/")
    assert answer.status_code == 404
    assert answer.json()["paths"] == ["/healthz", "/readyz", "/metrics"]


def test_a_request_that_hangs_delays_no_other() -> None:
    """A check that waits, or a client that sends nothing, holds up nobody else."""
    hold = threading.Event()

    def waits() -> Answer:
        hold.wait(10)
        return Answer(True)

    with serving("127.0.0.1:0", readyz=waits) as url:
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)):
            slow = threading.Thread(target=lambda: get(f"{url}/readyz"))
            slow.start()
            assert get(f"{url}/healthz").status_code == 200
            hold.set()
            slow.join(10)


def test_a_loop_that_no_longer_ticks_is_not_well() -> None:
    """A beat is well while its last tick is young."""
    now = 100.0
    beat = Beat(5.0, clock=lambda: now)
    now = 104.0
    assert beat().well
    now = 106.0
    assert not beat().well
    beat.tick()
    assert beat().well


def test_a_taken_port_is_told_with_the_next_step() -> None:
    """An address that is taken, or is none, is an error that names the option."""
    with (
        serving("127.0.0.1:0") as url,
        pytest.raises(ServingError, match="--listen"),
        serving(url.removeprefix("http://")),
    ):
        pass
    with pytest.raises(ServingError, match="HOST:PORT"), serving("nowhere"):
        pass


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("0.0.0.0:9464", ("0.0.0.0", 9464)),
        (":9464", ("127.0.0.1", 9464)),
        ("[::1]:0", ("::1", 0)),
    ],
)
def test_addresses_without_a_host_are_of_this_machine(text: str, address: tuple[str, int]) -> None:
    """`:PORT` listens on this machine only; every interface must be asked for."""
    assert parse_address(text) == address


def test_it_is_served_over_ipv6_too() -> None:
    """`[::1]:PORT` is served there."""
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        with serving("[::1]:0") as url:
            assert get(f"{url}/healthz").status_code == 200
    except ServingError as error:
        pytest.skip(str(error))
