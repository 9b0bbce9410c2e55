"""The regular expressions of one dialect's records. All are possessive: none goes back, so each is linear."""

from __future__ import annotations

import re

from loaders.reading.dialect import Dialect


class Patterns:
    """The patterns of a dialect, and what its quotes do."""

    def __init__(self, dialect: Dialect) -> None:
        """Compile them."""
        self.delimiter, self.quote, self.escape = dialect.delimiter, dialect.quote or "", dialect.escape or ""
        d, q, e = (re.escape(c) for c in (self.delimiter, self.quote, self.escape))
        blanks = "".join(map(re.escape, dialect.blanks))
        field, inner, quoted, unquoted = _field(d, q, e, blanks, dialect, nul=r"\0")
        line = rf"(?:[^{e}\r\n]++|{e}(?:\r\n|[\s\S])?+)*+" if e else r"[^\r\n]*+"
        self.record = re.compile(f"(?:{field}{d})*+({field})".encode())
        self.line = re.compile(line.encode())
        self.blank_lines = re.compile(rf"(?:[{blanks}{d}]*+(?:\r\n|[\r\n])){{0,65536}}+".encode())
        self.blank_end = re.compile(rf"[{blanks}{d}]*+\Z".encode())
        self.may_be_blank = frozenset(c.encode() for c in f"\r\n{dialect.blanks}{self.delimiter}")
        trim = f"[{blanks}]*+" if dialect.trim_around_quotes else ""
        self.to_quote = re.compile((f"(?:{trim}{q}{inner})?+" if q else "").encode())
        self.opening = re.compile(f"{trim}{q}".encode() if q else rb"(?!)")
        self.fields = re.compile(f"(?:{quoted}|({unquoted})){d}" if q else f"({unquoted}){d}")
        self.escaped = re.compile(rf"{e}(\r\n|[{d}{q}{e}\r\n])")
        # The same record were its NULs any other character: what a NUL breaks still has its extent (C50).
        any_field, any_inner, *_ = _field(d, q, e, blanks, dialect, nul="")
        self.record_with_nul = re.compile(f"(?:{any_field}{d})*+({any_field})".encode())
        self.any_fields = re.compile(f"{any_field}{d}".encode())
        self.to_quote_with_nul = re.compile((f"(?:{trim}{q}{any_inner})?+" if q else "").encode())
        escaped = rf"{e}(?:\r\n|[\s\S])|" if e else ""
        self._quotes = re.compile(f"{escaped}({q}+)".encode() if q else rb"(?!)")
        self._borders = {b"", b"\n", b"\r", self.delimiter.encode()}
        self._blanks = {c.encode() for c in dialect.blanks}
        self._trimmed = self._blanks if dialect.trim_around_quotes else set()

    def values(self, text: str) -> list[str]:
        """The values of a well-formed record."""
        found = self.fields.findall(text + self.delimiter)
        if not self.quote:
            return [self.escaped.sub(r"\1", value) for value in found]
        if self.escape:
            return [self.escaped.sub(r"\1", quoted or unquoted) for quoted, unquoted in found]
        return [quoted.replace(self.quote * 2, self.quote) or unquoted for quoted, unquoted in found]

    def closes_text(self, raw: bytes) -> bool:
        """Whether, by what stands beside them, more quotes of these lines close a field than open one.

        Quotes in pairs are doubled or an empty field, and do neither.
        """
        balance = 0
        for found in self._quotes.finditer(raw):
            start, end = found.span(1)
            if start < 0 or (not self.escape and (end - start) % 2 == 0):
                continue
            while raw[start - 1 : start] in self._trimmed:
                start -= 1
            while raw[end : end + 1] in self._trimmed:
                end += 1
            before, after = raw[max(start - 1, 0) : start], raw[end : end + 1]
            closes = after in self._borders
            opens = before in self._borders or (before in self._blanks and not closes)
            balance += closes - opens
        return balance > 0

    def opens_text(self, raw: bytes) -> bool:
        """Whether a quote stands where a field begins."""
        starts = [0, *(found.end() for found in re.finditer(re.escape(self.delimiter.encode()), raw))]
        return any(self.opening.match(raw, start) for start in starts)


def _field(d: str, q: str, e: str, blanks: str, dialect: Dialect, nul: str) -> tuple[str, str, str, str]:
    """The pattern of a field; of what is in its quotes; of a quoted field with that as a group; of an unquoted one.

    `nul` is what no field holds besides.
    """
    pair = rf"{e}(?:\r\n|[^{nul}])" if nul else rf"{e}(?:\r\n|[\s\S])"
    free = rf"[^{d}{e}\r\n{nul}]"
    strict = rf"[^{d}{q}{e}\r\n{nul}]"
    one, many = (f"(?:{strict}++|{pair})*+", f"(?:{free}++|{pair})*+") if e else (f"{strict}*+", f"{free}*+")
    if not q:
        return one, "", "", one
    trim = f"[{blanks}]*+" if dialect.trim_around_quotes else ""
    unquoted = one
    if dialect.lenient_quotes:
        # A field whose first character, behind trimmed blanks, is no quote; then quotes are data.
        first = rf"(?:(?!{q}){free}|{pair})" if e else rf"(?!{q}){free}"
        unquoted = f"{trim}(?:{first}{many})?+"
    body = rf"[^{q}{e}{nul}]"
    inner = rf"{body}*+(?:{pair if e else q + q}{body}*+)*+"
    quoted = f"{trim}{q}{inner}{q}{trim}"
    return f"(?:{quoted}|{unquoted})", inner, f"{trim}{q}({inner}){q}{trim}", unquoted
