"""What setup.cfg says, against what is there: a package or a file that it forgets would be missing from a wheel."""

import configparser
from pathlib import Path

ROOT = Path(__file__).parent.parent


def listed(section: str, option: str) -> list[str]:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    return [line for line in setup[section][option].splitlines() if line and not line.startswith("#")]


def test_every_package_is_listed() -> None:
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "cellgraph").rglob("__init__.py")}
    assert sorted(listed("options", "packages")) == sorted(found | {"cellgraph.specs"})


def test_every_data_file_is_listed() -> None:
    for package, folder in (("cellgraph", ROOT / "cellgraph"), ("cellgraph.specs", ROOT / "specs")):
        shipped = {path for pattern in listed("options.package_data", package) for path in folder.glob(pattern)}
        there = {p for p in folder.rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc")}
        assert there - shipped == set()


def test_the_commands_of_the_readme_are_targets_of_make() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert makefile.index("\nhelp:") == min(makefile.index(f"\n{name}:") for name in ("help", "demo", "test", "bench"))
    for target in ("demo", "test", "test-libraries", "bench", "lint"):
        assert f"\n{target}:" in makefile
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.index("make test ") < script.index("make test-libraries ")
