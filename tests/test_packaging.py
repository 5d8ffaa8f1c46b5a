"""What setup.cfg says, against what is there: a package or a file that it forgets would be missing from a wheel."""

import configparser
from pathlib import Path

from ruamel.yaml import YAML

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


def test_ci_makes_everything_and_leaves_nothing_behind() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for line in ("make test ", "make outputs-check ", "make gallery ", "make demo ", "git status --porcelain"):
        assert line in script
    steps = YAML(typ="safe").load(ROOT / ".github/workflows/ci.yml")["jobs"]["check"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == [".ci/run"]
    assert {"build/", "/outputs/*.svg"} <= set((ROOT / ".gitignore").read_text(encoding="utf-8").splitlines())


def test_hooks_fetch_nothing() -> None:
    config = YAML(typ="safe").load(ROOT / ".pre-commit-config.yaml")
    assert [repository["repo"] for repository in config["repos"]] == ["local"]
    assert {hook["language"] for repository in config["repos"] for hook in repository["hooks"]} == {"system"}


def test_the_citation_is_of_this_version() -> None:
    citation = YAML(typ="safe").load(ROOT / "CITATION.cff")
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    for key, option in (("title", "name"), ("version", "version"), ("license", "license"), ("abstract", "description")):
        assert str(citation[key]).rstrip(".") == setup["metadata"][option]
    assert citation["authors"] == [{"name": setup["metadata"]["author"]}]
    assert {"cff-version", "message", "type"} <= set(citation)
