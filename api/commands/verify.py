"""`phatnguoi verify`: evidence checked with the public key alone, on any machine."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.reports import finish, report_error, report_note
from api.settings import load_settings
from evidence.vault.keys import PUBLIC_FILE, load_public_key
from evidence.vault.verify import verify as check
from models.errors import EvidenceError, UserError


def verify(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Packages (folder or zip), a ledger, or a folder of packages.")
    ] = None,
    store: Annotated[
        bool, typer.Option("--store", help="Check every package and the ledger of this installation.")
    ] = False,
    key: Annotated[
        Path | None, typer.Option(help="The site's public key (default: keys/site.pub.pem of the data folder).")
    ] = None,
    home: Annotated[Path | None, typer.Option(help="The data folder (default: PHATNGUOI_HOME, then ./var).")] = None,
) -> None:
    """Check evidence: names every file that was changed, added or removed. Exit status 0 means all of it is whole."""
    settings = load_settings(home)
    targets = [*(paths or []), *([settings.packages_folder] if store else [])]
    if not targets:
        raise EvidenceError("nothing to verify", remedy="Name packages, or give --store.")
    public_key = load_public_key(key or settings.keys_folder / PUBLIC_FILE)
    failed = 0
    for path in targets:
        try:
            findings = check(path, public_key)
        except UserError as error:
            failed += 1
            report_error(error)
            continue
        failed += bool(findings)
        for finding in findings:
            sys.stdout.write(f"{path}: {finding.line()}\n")
        if not findings:
            report_note(f"{path}: whole, as sealed by key {public_key.sha256[:16]}")
    finish(failed, len(targets))
