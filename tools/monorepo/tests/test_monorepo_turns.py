"""Which test files may run beside others on the one stack, as far as their text can tell."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

#: Of these folders none: they break the stack, or measure how fast it is.
ALONE = ("tests/campaign", "tests/performance")
#: What hits others on the same stack, in a test's file or in a helper beside it.
BREAKS = {
    "a part is killed, stopped or added": r"\bstack\.(?:kill|up|add)\(|\bdown\(stack\.",
    "a part's process is touched": r"\bstack\.status\([^)]*\)\.pid",
    "the ring gets another generation": r"\bnew_generation\((?![^)]*\bkeyspace=)",
    "the server is configured": r"ALTER SYSTEM|pg_reload_conf",
    "loggers are set": r"admin/loggers",
    "the vault is added": r"\bStackVault\b|\bvault_of\(",
}
#: Where a pattern means a server of the test's own.
OWN = {"infra/standin/tests/test_standin_tablets.py": {"the ring gets another generation"}}


def gentle_files(root: Path) -> list[Path]:
    """The test files with the mark."""
    files = (
        path
        for area in ("infra", "libs", "services", "tests")
        for path in (root / area).rglob("test_*.py")
    )
    return sorted(path for path in files if _marked(path.read_text()))


def _marked(text: str) -> bool:
    return re.search(r"^pytestmark = .*\bpytest\.mark\.gentle\b", text, re.MULTILINE) is not None


def broken_by(path: Path) -> set[str]:
    """What a file and the helpers that it imports from its folder do to others."""
    texts = [path.read_text()]
    for name in re.findall(r"^(?:from|import) (\w+)", texts[0], re.MULTILINE):
        helper = path.with_name(f"{name}.py")
        texts += [helper.read_text()] if helper.exists() else []
    return {what for what, how in BREAKS.items() if any(re.search(how, t) for t in texts)}


def test_gentle_files_break_nothing() -> None:
    """A file that may run beside others kills, freezes, adds and configures nothing of theirs."""
    files = gentle_files(ROOT)
    assert len(files) > 30
    found = {}
    for path in files:
        name = path.relative_to(ROOT).as_posix()
        found[name] = broken_by(path) - OWN.get(name, set())
        assert not name.startswith(ALONE), f"{name}: it needs the stack to itself"
    assert {name: what for name, what in found.items() if what} == {}


def test_the_mark_is_a_files() -> None:
    """The mark stands for a whole file, whose pipelines its tests share: on one test it is none."""
    marked = re.compile(r"^\s*@pytest\.mark\.gentle", re.MULTILINE)
    files = [
        path
        for area in ("infra", "libs", "services", "tests")
        for path in (ROOT / area).rglob("test_*.py")
    ]
    assert [str(path) for path in files if marked.search(path.read_text())] == []


@pytest.mark.parametrize(
    ("text", "breaks"),
    [
        ('stack.kill("kafka")', True),
        ("second.kill('kafka')", False),
        ("os.kill(stack.status(part).pid, signal.SIGSTOP)", True),
        ("Standin(cql).new_generation(3)", True),
        ('lever.new_generation(4, keyspace=own, table="t")', False),
        ("assert down(stack.layout)", True),
        ("def test_x(vault: StackVault) -> None:", True),
    ],
)
def test_what_breaks_is_seen(tmp_path: Path, text: str, breaks: bool) -> None:
    """In a file, and in a helper beside it, what would hit others is seen."""
    (tmp_path / "test_a.py").write_text(f"import helper\n{text}\n")
    assert bool(broken_by(tmp_path / "test_a.py")) == breaks
    (tmp_path / "helper.py").write_text(text)
    (tmp_path / "test_b.py").write_text("from helper import x\n")
    assert bool(broken_by(tmp_path / "test_b.py")) == breaks
