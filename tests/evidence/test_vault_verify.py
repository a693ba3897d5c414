"""Verification names the file for everything that can be done to evidence."""

import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tampering import KEY, files_named, flip, resign

from evidence.vault import SiteKey, Vault, load_public_key, verify, verify_ledger
from models.errors import EvidenceError

FILES = [
    "after.jpg",
    "before.jpg",
    "clip.mp4",
    "during.jpg",
    "manifest.json",
    "manifest.sig",
    "overview.jpg",
    "plate.jpg",
]
Tamper = Callable[[Path], object]


def test_what_the_site_sealed_verifies(sealed_vault: Vault) -> None:
    assert verify(sealed_vault.packages, sealed_vault.key.public) == []
    assert verify_ledger(sealed_vault.packages, sealed_vault.key.public) == []
    for name in sealed_vault.package_names():
        assert sealed_vault.findings(name) == []


@pytest.mark.parametrize("where", [0, 0.5, -1])
@pytest.mark.parametrize("name", FILES)
def test_a_flipped_byte_names_its_file(package: Path, sealed_vault: Vault, name: str, where: float) -> None:
    size = (package / name).stat().st_size
    flip(package / name, int(where) if where in (0, -1) else int(size * where))
    assert files_named(verify(package, sealed_vault.key.public)) == {name}


def test_every_byte_of_manifest_and_signature_counts(package: Path, sealed_vault: Vault) -> None:
    for name, step in (("manifest.json", 37), ("manifest.sig", 1)):
        original = (package / name).read_bytes()
        for at in range(0, len(original), step):
            flip(package / name, at)
            assert files_named(verify(package, sealed_vault.key.public)) == {name}, at
            (package / name).write_bytes(original)


TAMPERINGS: dict[str, tuple[Tamper, set[str]]] = {
    **{f"{name} missing": ((lambda package, name=name: (package / name).unlink()), {name}) for name in FILES},
    "file added": (lambda package: (package / "extra.jpg").write_bytes(b"x"), {"extra.jpg"}),
    "hidden file added": (lambda package: (package / ".hidden").write_bytes(b"x"), {".hidden"}),
    "folder added": (lambda package: (package / "more").mkdir(), {"more"}),
    "file cut off": (lambda package: (package / "clip.mp4").write_bytes(b""), {"clip.mp4"}),
    "file grown": (lambda package: (package / "clip.mp4").open("ab").write(b"x"), {"clip.mp4"}),
    "file replaced by a link": (lambda package: link_away(package / "plate.jpg"), {"plate.jpg"}),
    "two files swapped": (
        lambda package: swap(package / "before.jpg", package / "after.jpg"),
        {"before.jpg", "after.jpg"},
    ),
    "signature cut off": (lambda package: (package / "manifest.sig").write_bytes(b""), {"manifest.sig"}),
    "signature grown": (lambda package: (package / "manifest.sig").open("ab").write(b"x"), {"manifest.sig"}),
    "manifest not JSON": (lambda package: (package / "manifest.json").write_bytes(b"{"), {"manifest.json"}),
    "manifest nested too deep": (
        lambda package: (package / "manifest.json").write_bytes(b"[" * 100_000),
        {"manifest.json"},
    ),
    "manifest forged without key": (
        lambda package: resign(package, KEY, signer=json.loads((package / "manifest.json").read_bytes())["signer"]),
        {"manifest.sig"},
    ),
    "manifest with another key": (lambda package: resign(package, KEY, signer=signer(KEY)), {"manifest.sig"}),
}


@pytest.mark.parametrize("title", TAMPERINGS)
def test_tampering_is_named(package: Path, sealed_vault: Vault, title: str) -> None:
    tamper, named = TAMPERINGS[title]
    tamper(package)
    assert files_named(verify(package, sealed_vault.key.public)) == named


@pytest.mark.parametrize("title", [title for title in TAMPERINGS if "link" not in title and "folder" not in title])
def test_tampering_is_named_in_a_zip_too(package: Path, sealed_vault: Vault, tmp_path: Path, title: str) -> None:
    tamper, named = TAMPERINGS[title]
    tamper(package)
    archive = zip_of(package, tmp_path / "package.zip")
    assert files_named(verify(archive, sealed_vault.key.public)) == named


def test_a_wrong_key_says_so(package: Path) -> None:
    [finding] = verify(package, KEY.public)
    assert (finding.file, "wrong key" in finding.what) == ("manifest.sig", True)


@pytest.mark.parametrize("top", ["", "PN-COPY/"])
def test_a_zip_of_a_package_verifies_with_or_without_its_folder(
    package: Path, sealed_vault: Vault, tmp_path: Path, top: str
) -> None:
    assert verify(zip_of(package, tmp_path / "package.zip", top=top), sealed_vault.key.public) == []


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "..\\evil", "C:evil", "a/b/c/evil"])
def test_a_zip_that_points_outside_is_refused(package: Path, sealed_vault: Vault, tmp_path: Path, name: str) -> None:
    archive = zip_of(package, tmp_path / "package.zip")
    with zipfile.ZipFile(archive, "a") as more:
        more.writestr(name, b"x")
    [finding] = verify(archive, sealed_vault.key.public)
    assert "evil" in finding.file
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_with_links_twins_or_crowds_is_refused(package: Path, sealed_vault: Vault, tmp_path: Path) -> None:
    for n, spoil in enumerate((add_link, add_twin, add_crowd, add_second_folder)):
        archive = zip_of(package, tmp_path / f"{n}.zip")
        with zipfile.ZipFile(archive, "a") as more:
            spoil(more)
        assert len(verify(archive, sealed_vault.key.public)) == 1, spoil.__name__


def test_a_zip_bomb_is_read_no_further_than_the_manifest_allows(
    package: Path, sealed_vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_bytes = 0
    real = zipfile.ZipExtFile.read

    def counting(self: zipfile.ZipExtFile, n: int = -1) -> bytes:
        nonlocal read_bytes
        content = real(self, n)
        read_bytes += len(content)
        return content

    monkeypatch.setattr(zipfile.ZipExtFile, "read", counting)
    for name in ("clip.mp4", "manifest.json", "manifest.sig"):
        copy = Path(shutil.copytree(package, tmp_path / f"bomb-{name}"))
        honest = sum(path.stat().st_size for path in copy.iterdir())
        (copy / name).write_bytes(bytes(60_000_000))
        read_bytes = 0
        found = verify(zip_of(copy, tmp_path / f"{name}.zip"), sealed_vault.key.public)
        assert files_named(found) == {name}
        assert read_bytes <= honest + 17 * 2**20, name


def test_a_damaged_or_encrypted_zip_is_named_not_a_traceback(
    package: Path, sealed_vault: Vault, tmp_path: Path
) -> None:
    archive = zip_of(package, tmp_path / "package.zip")
    content = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as opened:
        start = opened.getinfo("clip.mp4").header_offset
    content[start + 60 : start + 70] = b"\xff" * 10
    archive.write_bytes(content)
    assert files_named(verify(archive, sealed_vault.key.public)) == {"clip.mp4"}
    encrypted = bytearray(zip_of(package, archive).read_bytes())
    for mark in (b"PK\x01\x02", b"PK\x03\x04"):
        at = -1
        while (at := encrypted.find(mark, at + 1)) >= 0:
            encrypted[at + (8 if mark == b"PK\x01\x02" else 6)] |= 1
    archive.write_bytes(encrypted)
    assert files_named(verify(archive, sealed_vault.key.public)) == {"manifest.json"}


@given(noise=st.binary(max_size=300), at=st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_a_zip_with_noise_never_crashes(sealed_vault: Vault, noise: bytes, at: float) -> None:
    package = sealed_vault.folder(sealed_vault.package_names()[0])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("manifest.json", "manifest.sig"):
            archive.write(package / name, name)
    content = bytearray(buffer.getvalue())
    start = int(at * len(content))
    content[start : start + len(noise)] = noise
    path = sealed_vault.packages.parent / "noise.zip"
    path.write_bytes(content)
    try:
        verify(path, sealed_vault.key.public)
    except EvidenceError as error:
        assert "zip" in error.line()


@pytest.mark.parametrize("name", ["missing", "empty.zip"])
def test_nothing_to_verify_is_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.zip").write_bytes(b"")
    with pytest.raises(EvidenceError, match=name):
        verify(tmp_path / name, KEY.public)


def test_an_empty_folder_is_no_package(tmp_path: Path) -> None:
    assert files_named(verify(tmp_path, KEY.public)) == {"manifest.json", "manifest.sig"}


def test_verification_needs_only_the_public_key_and_no_store(sealed_vault: Vault, tmp_path: Path) -> None:
    """In a fresh process with the store's libraries made unimportable."""
    packages = Path(shutil.copytree(sealed_vault.packages, tmp_path / "handed over"))
    public = tmp_path / "site.pub.pem"
    public.write_bytes(sealed_vault.key.public.pem())
    code = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
sys.modules["sqlalchemy"] = sys.modules["alembic"] = None
from evidence.vault import load_public_key, verify
print(verify(Path({str(packages)!r}), load_public_key(Path({str(public)!r}))))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


@pytest.mark.parametrize("content", [b"", b"nonsense", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_a_file_that_is_no_public_key_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key.pem").write_bytes(content)
    with pytest.raises(EvidenceError, match="not an Ed25519 public key"):
        load_public_key(tmp_path / "key.pem")
    with pytest.raises(EvidenceError, match="cannot read the public key"):
        load_public_key(tmp_path / "missing.pem")


def zip_of(package: Path, target: Path, *, top: str = "") -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(package.iterdir()):
            archive.write(path, f"{top}{path.name}")
    return target


def link_away(path: Path) -> None:
    elsewhere = path.parent.parent / f"{path.name}.elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def swap(one: Path, other: Path) -> None:
    contents = one.read_bytes(), other.read_bytes()
    other.write_bytes(contents[0])
    one.write_bytes(contents[1])


def signer(key: SiteKey) -> dict[str, str]:
    return {"algorithm": "Ed25519", "key_sha256": key.public.sha256}


def add_link(archive: zipfile.ZipFile) -> None:
    link = zipfile.ZipInfo("link.jpg")
    link.external_attr = 0o120777 << 16
    archive.writestr(link, "/etc/passwd")


def add_twin(archive: zipfile.ZipFile) -> None:
    archive.writestr("clip.mp4", b"another clip")


def add_crowd(archive: zipfile.ZipFile) -> None:
    for n in range(100):
        archive.writestr(f"f{n}.jpg", b"")


def add_second_folder(archive: zipfile.ZipFile) -> None:
    archive.writestr("other/clip.mp4", b"x")
