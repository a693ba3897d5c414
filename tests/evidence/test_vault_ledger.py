"""The ledger: nothing can be taken out of it, put into it or changed in it, or in the packages that it names, unseen."""

import hashlib
import json
import shutil
from pathlib import Path

from evidence_samples import NOW
from hypothesis import given, settings
from hypothesis import strategies as st
from tampering import KEY, files_named, flip, resign

from evidence.vault import Vault, ledger, verify, verify_ledger, verify_vault
from evidence.vault.ledger import BEFORE_FIRST, LedgerEntry, Link, check_lines, next_entry


class TestLedgerAgainstPackages:
    def test_a_missing_package_is_named(self, packages: Path, package: Path, sealed_vault: Vault) -> None:
        shutil.rmtree(package)
        assert files_named(verify_vault(packages, sealed_vault.key.public)) == {package.name}

    def test_a_package_beside_the_ledger_is_named(self, packages: Path, package: Path, sealed_vault: Vault) -> None:
        shutil.copytree(package, packages / "PN-0000-0000-0000")
        [finding] = verify_ledger(packages, sealed_vault.key.public)
        assert "PN-0000-0000-0000" in finding.what

    def test_an_older_sealed_manifest_put_back_is_named(
        self, packages: Path, package: Path, sealed_vault: Vault
    ) -> None:
        """Signed by the right key, but not the one that was entered."""
        resign(package, sealed_vault.key, place={"address": None, "commune": None, "province": None, "latitude": None,
                                                 "longitude": None})  # fmt: skip
        assert verify(package, sealed_vault.key.public) == []
        findings = verify_vault(packages, sealed_vault.key.public)
        assert files_named(findings) == {f"{package.name}/manifest.json"}

    def test_the_end_cut_off_is_named(self, packages: Path, sealed_vault: Vault) -> None:
        lines = (packages / "ledger.jsonl").read_bytes().splitlines(keepends=True)
        (packages / "ledger.jsonl").write_bytes(b"".join(lines[:-1]))
        [finding] = verify_ledger(packages, sealed_vault.key.public)
        assert finding.file == "ledger.jsonl"
        assert json.loads(lines[-1])["case_id"] in finding.what

    def test_a_missing_ledger_is_named(self, packages: Path, sealed_vault: Vault) -> None:
        (packages / "ledger.jsonl").unlink()
        assert files_named(verify(packages, sealed_vault.key.public)) == {"ledger.jsonl"}

    def test_every_flipped_byte_is_found(self, packages: Path, sealed_vault: Vault) -> None:
        path = packages / "ledger.jsonl"
        original = path.read_bytes()
        for at in range(0, len(original), 7):
            flip(path, at)
            findings = verify(path, sealed_vault.key.public)
            assert findings, at
            assert findings[0].file.startswith("ledger.jsonl:"), at
            path.write_bytes(original)

    def test_another_sites_ledger_is_refused(self, packages: Path) -> None:
        findings = verify_ledger(packages / "ledger.jsonl", KEY.public)
        assert findings
        assert all("not signed by this key" in finding.what for finding in findings)


def chain(length: int) -> list[LedgerEntry]:
    entries: list[LedgerEntry] = []
    last = BEFORE_FIRST
    for n in range(length):
        entry = next_entry(last, KEY, case_id=f"PN-{n:04d}-0000-0000", manifest_sha256=f"{n:064x}", created_at=NOW)
        entries.append(entry)
        last = Link(entry.seq, entry.entry_sha256)
    return entries


CHAIN = chain(12)
LINES = [entry.line() for entry in CHAIN]


def is_sound(lines: list[bytes]) -> bool:
    return not list(check_lines(lines, KEY.public))


class TestLedgerChain:
    def test_is_sound_as_written(self) -> None:
        assert is_sound(LINES)
        assert is_sound([])

    @given(order=st.permutations(range(len(LINES))))
    def test_any_reordering_is_found(self, order: list[int]) -> None:
        assert is_sound([LINES[n] for n in order]) == (order == sorted(order))

    @given(keep=st.sets(st.integers(0, len(LINES) - 1)))
    def test_any_removal_but_of_the_end_is_found(self, keep: set[int]) -> None:
        assert is_sound([LINES[n] for n in sorted(keep)]) == (sorted(keep) == list(range(len(keep))))

    @given(at=st.integers(0, sum(map(len, LINES)) - 1), to=st.integers(0, 255))
    @settings(max_examples=400)
    def test_any_changed_byte_is_found(self, at: int, to: int) -> None:
        content = bytearray(b"".join(LINES))
        is_same = content[at] == to
        content[at] = to
        assert is_sound(bytes(content).splitlines(keepends=True)) == is_same

    @given(
        n=st.integers(0, len(LINES) - 1),
        field=st.sampled_from(["seq", "case_id", "manifest_sha256", "previous_sha256", "created_at", "entry_sha256"]),
        other=st.integers(0, len(LINES) - 1),
    )
    def test_any_edited_field_is_found_even_with_hashes_made_anew(self, n: int, field: str, other: int) -> None:
        """A forger without the key can recompute every hash that follows, but no signature."""
        edited = CHAIN[n].model_copy(update={field: getattr(CHAIN[other], field)})
        forged = [*CHAIN[:n], edited, *CHAIN[n + 1 :]]
        for k in range(n, len(forged)):
            previous = forged[k - 1].entry_sha256 if k else ledger.START
            entry = forged[k].model_copy(update={"previous_sha256": previous})
            forged[k] = entry.model_copy(update={"entry_sha256": hashlib.sha256(entry.content()).hexdigest()})
        lines = [entry.line() for entry in forged]
        assert is_sound(lines) == (lines == LINES)

    @given(extra=st.binary(max_size=80))
    def test_anything_appended_without_the_key_is_found(self, extra: bytes) -> None:
        content = b"".join(LINES) + extra
        assert is_sound(content.splitlines(keepends=True)) == (extra == b"")

    def test_a_long_line_and_deep_nesting_are_refused(self) -> None:
        for line in (b"[" * 4000 + b"\n", b"x" * 10_000_000):
            assert not is_sound([line])
