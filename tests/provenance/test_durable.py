"""F20: what was written is on disk, whole, before anybody goes on: files are synced before they
get their name, and folders after.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from provenance.services import durable

RAW = b"a tile, or the last tree head that was signed"


@dataclass
class Disk:
    """The syncs that the system was asked for: of each file its bytes, and whether its name
    was there already; of each folder the names in it.
    """

    target: Path
    files: list[tuple[bytes, bool]] = field(default_factory=list)
    folders: dict[int, list[str]] = field(default_factory=dict)

    def sync(self, handle: int) -> None:
        if os.path.isdir(handle):  # noqa: PTH112  of an open folder
            self.folders[os.fstat(handle).st_ino] = os.listdir(handle)
        else:
            size = os.fstat(handle).st_size
            with Path(f"/dev/fd/{handle}").open("rb") as file:
                self.files.append((file.read(size), self.target.exists()))

    def names_in(self, folder: Path) -> list[str]:
        """The names that were in a folder when it was synced last; none where it never was."""
        return self.folders.get(folder.stat().st_ino, [])


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk(tmp_path / "tile" / "0" / "000")
    monkeypatch.setattr(os, "fsync", disk.sync)
    return disk


def test_a_file_is_on_disk_before_it_has_its_name(disk: Disk) -> None:
    durable.write({disk.target: RAW})
    assert disk.files == [(RAW, False)]
    assert disk.target.read_bytes() == RAW


def test_each_folder_is_on_disk_with_the_name_that_is_new_in_it(disk: Disk, tmp_path: Path) -> None:
    durable.write({disk.target: RAW})
    assert disk.names_in(disk.target.parent) == ["000"]
    assert disk.names_in(tmp_path / "tile") == ["0"]
    assert disk.names_in(tmp_path) == ["tile"]


def test_a_folder_that_was_made_is_on_disk(disk: Disk, tmp_path: Path) -> None:
    durable.make_folder(tmp_path / "lock" / "of" / "ours")
    assert disk.names_in(tmp_path) == ["lock"]
    assert disk.names_in(tmp_path / "lock") == ["of"]
    assert disk.names_in(tmp_path / "lock" / "of") == ["ours"]


def test_a_file_is_replaced_and_never_written_in_place(tmp_path: Path) -> None:
    target = tmp_path / "tree-head"
    durable.write({target: b"old"})
    with target.open("rb") as reader:
        durable.write({target: RAW})
        assert reader.read() == b"old"
    assert target.read_bytes() == RAW
    assert [path.name for path in tmp_path.iterdir()] == ["tree-head"]


def test_a_write_that_fails_leaves_the_old_file_and_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "tree-head"
    durable.write({target: b"old"})

    def no_room(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(OSError, match="No space"):
        durable.write({target: RAW})
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["tree-head"]


def test_a_file_has_the_mode_that_was_asked_for(tmp_path: Path) -> None:
    durable.write({tmp_path / "secret": RAW}, mode=0o600)
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
