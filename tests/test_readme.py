"""The README is a promise: its commands exist, the command line is all in it, and its links lead somewhere."""

import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from api.cli import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUNNER = CliRunner()


def commands(group: typer.Typer = app) -> list[str]:
    """Every command as it is typed, those of sub-groups with their group's name."""
    names = [str(command.name) for command in group.registered_commands]
    for sub in group.registered_groups:
        assert sub.typer_instance is not None
        names += [f"{sub.name} {command.name}" for command in sub.typer_instance.registered_commands]
    return names


@pytest.mark.parametrize("command", commands())
def test_every_command_has_help(command: str) -> None:
    shown = RUNNER.invoke(app, [*command.split(), "--help"])
    assert shown.exit_code == 0
    assert len(shown.output.splitlines()) > 5


@pytest.mark.parametrize("command", [name for name in commands() if not name.startswith("user")] + ["user add"])
def test_every_command_is_in_the_readme(command: str) -> None:
    assert re.search(rf"phatnguoi {command}\b|make {command}\b", README)


def test_every_command_of_the_readme_exists() -> None:
    typed = re.findall(
        r"phatnguoi ([a-z]+(?: (?:read|add|clear|open|close|events|accuracy|lamps|plates|simulate|speed))?)",
        "\n".join(re.findall(r"```\n(.*?)```", README, re.S)),
    )
    assert typed
    assert set(typed) <= set(commands())


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"\bmake ([a-z-]+)", README)) <= targets


def test_every_link_leads_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []
