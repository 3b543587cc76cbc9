"""The house rules that a script can hold: who may import whom, and how a room looks.

Pants holds the import rules too, as visibility rules in the BUILD files. These tests need no Pants.
"""

import ast
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
AREAS = ("infra", "libs", "services", "tests", "tools")
BIGGEST = 20_480

#: What the sources of a room may use of ours, besides themselves; the first that fits counts.
#: `!` refuses.
RULES = (
    ("libs/types", ()),
    ("libs/pipeline", ()),
    ("libs/testing", ("libs/", "infra/")),
    ("libs/", ("!libs/testing", "libs/")),
    ("infra/artifacts", ()),
    ("infra/", ("!libs/testing", "libs/", "infra/")),
    ("services/", ("!libs/testing", "libs/")),
    ("tools/", ("!libs/testing", "libs/", "infra/", "services/")),
)


def python_files(root: Path) -> list[Path]:
    files = (path for area in AREAS for path in (root / area).rglob("*.py"))
    return sorted(path for path in files if "locks" not in path.relative_to(root).parts)


def rooms(root: Path) -> dict[str, str]:
    """The room of each package: `messina.kafka` lives in `libs/kafka`."""
    packages = root.glob("*/*/src/messina/*/__init__.py")
    return {
        f"messina.{path.parent.name}": path.parents[3].relative_to(root).as_posix()
        for path in packages
    }


def imports(path: Path) -> Iterator[str]:
    """The packages of ours that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module == "messina":
            names = [f"messina.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        for name in names:
            parts = name.split(".")
            if parts[0] == "messina" and len(parts) > 1:
                yield ".".join(parts[:2])


def allowed(origin: str, target: str) -> bool:
    if origin == target:
        return True
    uses = next(uses for prefix, uses in RULES if origin.startswith(prefix))
    for rule in uses:
        if target.startswith(rule.removeprefix("!")):
            return not rule.startswith("!")
    return False


def refusals(root: Path) -> list[str]:
    """Each import that the rules refuse, as `file -> room`."""
    known = rooms(root)
    found = []
    for path in sorted(root.glob("*/*/src/messina/**/*.py")):
        origin = "/".join(path.relative_to(root).parts[:2])
        for package in imports(path):
            target = known.get(package, package)
            if not allowed(origin, target):
                found.append(f"{path.relative_to(root)} -> {target}")
    return found


def test_imports_point_one_way() -> None:
    """Tools use services, services use libs; types and pipeline use nothing else of ours."""
    assert refusals(ROOT) == []


@pytest.mark.parametrize(
    ("origin", "statement"),
    [
        ("libs/types", "import messina.kafka"),
        ("libs/pipeline", "from messina.types import anything"),
        ("libs/kafka", "from messina import testing"),
        ("libs/kafka", "import messina.stack.cql"),
        ("libs/kafka", "def late():\n    from messina.deployer import plan"),
        ("infra/artifacts", "import messina.stack"),
        ("infra/stack", "import messina.cli"),
        ("services/reconciler", "from messina.deployer.plan import plan"),
        ("services/reconciler", "import messina.stack"),
        ("services/reconciler", "import messina.testing"),
        ("tools/cli", "import messina.testing"),
        ("tools/cli", "import messina.nowhere"),
    ],
)
def test_an_import_the_other_way_is_refused(tmp_path: Path, origin: str, statement: str) -> None:
    """The rules above refuse each kind of wrong import, also inside a function."""
    packages = {
        "infra": ("artifacts", "stack"),
        "libs": ("kafka", "pipeline", "testing", "types"),
        "services": ("connector-deployer", "reconciler"),
        "tools": ("cli",),
    }
    for area, names in packages.items():
        for name in names:
            package = tmp_path / area / name / "src/messina" / name.removeprefix("connector-")
            package.mkdir(parents=True)
            (package / "__init__.py").touch()
    (package,) = (tmp_path / origin / "src/messina").iterdir()
    (package / "wrong.py").write_text(statement)

    (refusal,) = refusals(tmp_path)
    assert refusal.startswith(f"{origin}/src/messina/{package.name}/wrong.py -> ")


def test_no_service_is_tested_with_another() -> None:
    """The tests of a service import no other service; what spans services lives in tests/."""
    known = rooms(ROOT)
    for path in ROOT.glob("services/*/tests/**/*.py"):
        own = "/".join(path.relative_to(ROOT).parts[:2])
        used = {known.get(package, package) for package in imports(path)}
        assert not {room for room in used if room.startswith("services/")} - {own}, path


def test_messina_is_a_namespace() -> None:
    """No room owns the package `messina`: it has no `__init__.py` anywhere."""
    assert list(ROOT.glob("*/*/src/messina/__init__.py")) == []


def test_every_package_says_what_it_is_and_what_it_offers() -> None:
    """A room's package has a docstring and an explicit `__all__`."""
    for path in sorted(ROOT.glob("*/*/src/messina/*/__init__.py")):
        tree = ast.parse(path.read_text())
        where = path.relative_to(ROOT)
        assert ast.get_docstring(tree), f"{where} has no docstring"
        named = [
            node.value
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign)
            and any(ast.unparse(t) == "__all__" for t in getattr(node, "targets", ()))
        ]
        assert named, f"{where} has no __all__"


def test_every_package_of_ours_is_found() -> None:
    """Each folder of `src/messina` is a regular package, or nobody could say which room it is."""
    for folder in ROOT.glob("*/*/src/messina/*"):
        if folder.is_dir() and list(folder.rglob("*.py")):
            assert (folder / "__init__.py").exists(), folder.relative_to(ROOT)


def test_test_files_have_names_of_their_own() -> None:
    """No two test files share a name: importlib mode and Pants tell them apart by it."""
    counts = Counter(path.name for path in python_files(ROOT) if path.name.startswith("test_"))
    assert [name for name, count in counts.items() if count > 1] == []


def test_every_test_states_its_rule() -> None:
    """Each test function has a docstring: the rule it proves."""
    silent = []
    for path in python_files(ROOT):
        if not path.name.startswith("test_"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if node.name.startswith("test_") and not ast.get_docstring(node):
                silent.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert silent == []


def test_no_file_holds_two_subjects() -> None:
    """A Python file stays below 20 KB."""
    sizes = {path.relative_to(ROOT): path.stat().st_size for path in python_files(ROOT)}
    assert {path: size for path, size in sizes.items() if size > BIGGEST} == {}


def test_pyproject_knows_every_root() -> None:
    """Plain pytest and mypy find what Pants finds: each `src` and `tests` folder is listed."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    found = {source_root(path.relative_to(ROOT)) for path in python_files(ROOT)} - {None}
    listed = {
        Path(path).relative_to("$MYPY_CONFIG_FILE_DIR") for path in tools["mypy"]["mypy_path"]
    }
    assert found <= {path.as_posix() for path in listed}

    imported = {root for root in found if root and not root.endswith("/tests")}
    assert imported <= set(tools["pytest"]["ini_options"]["pythonpath"])


def source_root(path: Path) -> str | None:
    """Where Pants starts module names: a room's src or tests, or a suite of tests/."""
    if path.parts[0] == "tests":
        return "/".join(path.parts[:2])
    for name in ("src", "tests"):
        if name in path.parts:
            return "/".join(path.parts[: path.parts.index(name) + 1])
    return None
