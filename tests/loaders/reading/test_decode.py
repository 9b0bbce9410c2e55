"""Gzip and size limits (D20, E5): what is accepted, what is refused with which code, what stays on disk."""

from __future__ import annotations

import gzip
import random
from pathlib import Path
from typing import Literal

import pytest

from loaders.errors import FileRefusedError
from loaders.reading.decode import Limits, open_decoded

TEXT = b"id,name\n" + b"".join(b"%d,n%d\n" % (i, i * 7919 % 1000) for i in range(2000))
GZ = gzip.compress(TEXT)
EMPTY_MEMBER = gzip.compress(b"")
Compression = Literal["none", "gzip"]


def flipped(data: bytes, index: int) -> bytes:
    changed = bytearray(data)
    changed[index] ^= 0x40
    return bytes(changed)


def decode(folder: Path, content: bytes, compression: Compression, limits: Limits) -> bytes:
    """What the file decodes to; checks that nothing but the file itself is left afterwards."""
    path = folder / "spooled"
    path.write_bytes(content)
    try:
        with open_decoded(path, compression, limits) as plain:
            assert plain.stat().st_mode & 0o077 == 0 or plain == path
            return plain.read_bytes()
    finally:
        assert list(folder.iterdir()) == [path]
        assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("content", "compression", "expected"),
    [
        pytest.param(TEXT, "none", TEXT, id="plain"),
        pytest.param(b"", "none", b"", id="d01_empty_plain"),
        pytest.param(GZ, "gzip", TEXT, id="d20_one_member"),
        pytest.param(GZ + GZ, "gzip", TEXT + TEXT, id="d20_two_members"),
        pytest.param(GZ + EMPTY_MEMBER + GZ, "gzip", TEXT + TEXT, id="d20_empty_member"),
        pytest.param(EMPTY_MEMBER, "gzip", b"", id="d20_only_an_empty_member"),
        pytest.param(GZ + bytes(1000), "gzip", TEXT, id="d20_trailing_zeros"),
    ],
)
def test_accepted(tmp_path: Path, content: bytes, compression: Compression, expected: bytes) -> None:
    assert decode(tmp_path, content, compression, Limits()) == expected


@pytest.mark.parametrize(
    ("content", "compression", "limits", "code"),
    [
        pytest.param(flipped(GZ, -8), "gzip", Limits(), "corrupt_gzip", id="d20_crc"),
        pytest.param(flipped(GZ, -1), "gzip", Limits(), "corrupt_gzip", id="d20_isize"),
        pytest.param(flipped(GZ, -8) + GZ, "gzip", Limits(), "corrupt_gzip", id="d20_crc_of_first_of_two"),
        pytest.param(GZ + flipped(GZ, -8), "gzip", Limits(), "corrupt_gzip", id="d20_crc_of_second_of_two"),
        pytest.param(GZ[:-10], "gzip", Limits(), "truncated_gzip", id="d20_truncated_data"),
        pytest.param(GZ[:-3], "gzip", Limits(), "truncated_gzip", id="d20_truncated_trailer"),
        pytest.param(GZ[:5], "gzip", Limits(), "truncated_gzip", id="d20_truncated_header"),
        pytest.param(GZ[:1], "gzip", Limits(), "truncated_gzip", id="d20_one_byte"),
        pytest.param(b"", "gzip", Limits(), "truncated_gzip", id="d01_empty_gz"),
        pytest.param(GZ + GZ[:-4], "gzip", Limits(), "truncated_gzip", id="d20_second_member_truncated"),
        pytest.param(GZ + b"j", "gzip", Limits(), "corrupt_gzip", id="d20_one_byte_of_junk"),
        pytest.param(GZ + b"junk" * 99, "gzip", Limits(), "corrupt_gzip", id="d20_trailing_junk"),
        pytest.param(GZ + bytes(9) + b"junk", "gzip", Limits(), "corrupt_gzip", id="d20_junk_after_zeros"),
        pytest.param(TEXT, "gzip", Limits(), "not_gzip", id="d20_plain_as_gz"),
        pytest.param(GZ, "none", Limits(), "unexpected_gzip", id="d20_gz_as_plain"),
        pytest.param(TEXT, "none", Limits(max_bytes=len(TEXT) - 1), "too_large", id="plain_too_large"),
        pytest.param(GZ, "gzip", Limits(max_bytes=len(TEXT) - 1), "too_large", id="gz_too_large"),
        pytest.param(gzip.compress(bytes(40 << 20)), "gzip", Limits(), "too_compressed", id="e05_bomb"),
    ],
)
def test_refused(tmp_path: Path, content: bytes, compression: Compression, limits: Limits, code: str) -> None:
    with pytest.raises(FileRefusedError) as refusal:
        decode(tmp_path, content, compression, limits)
    assert refusal.value.code == code


def test_limits_are_inclusive_and_small_files_may_compress_well(tmp_path: Path) -> None:
    assert decode(tmp_path, GZ, "gzip", Limits(max_bytes=len(TEXT))) == TEXT
    small = bytes(1 << 20)
    assert decode(tmp_path, gzip.compress(small), "gzip", Limits()) == small


def test_no_cut_and_no_flipped_byte_goes_unnoticed(tmp_path: Path) -> None:
    """Every prefix is refused; a flip is refused or, in a header field that says nothing, gives the same."""
    for length in range(1, len(GZ), 97):
        with pytest.raises(FileRefusedError):
            decode(tmp_path, GZ[:length], "gzip", Limits())
    chosen = random.Random(1).sample(range(10, len(GZ)), 150)
    for index in chosen:
        with pytest.raises(FileRefusedError):
            decode(tmp_path, flipped(GZ, index), "gzip", Limits())


def test_a_stale_spool_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "spooled.plain").write_bytes(b"from a run that died" * 10_000)
    assert decode(tmp_path, GZ, "gzip", Limits()) == TEXT
