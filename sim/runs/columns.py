"""Parquet tables, written in chunks so that memory does not grow with the length of a run."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

ROWS_PER_CHUNK = 4_000
_WIDEST_INT64 = 63


def column_type(abi_type: str) -> str:
    """
    Return how a value of an ABI type is stored.

    Integers are int64 where every value fits, else decimal strings; bytes are 0x hex strings;
    arrays and structs are JSON.
    """
    if abi_type.endswith("]") or abi_type.startswith(("tuple", "(")):
        return "json"
    if abi_type.startswith(("uint", "int")):
        bits = int(abi_type.lstrip("uint") or 256)
        fits = bits <= _WIDEST_INT64 + abi_type.startswith("int")
        return "int64" if fits else "decimal"
    return {"bool": "bool", "address": "string", "string": "string"}.get(abi_type, "hex")


def kinds_of_letters(text: str) -> dict[str, str]:
    """Return column types from `name:letter`: amounts (d), integers, text (s), reals (f), bools."""
    kinds = {"d": "decimal", "i": "int64", "s": "string", "f": "float64", "b": "bool"}
    pairs = (column.split(":") for column in text.split())
    return {name: kinds[letter] for name, letter in pairs}


def stored(value: Any, kind: str) -> Any:
    """Return a value as its column holds it."""
    match kind:
        case "decimal":
            return str(value)
        case "hex":
            return "0x" + value.hex()
        case "json":
            return json.dumps(value, default=_plain, separators=(",", ":"))
        case _:
            return value


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    raise TypeError(f"{type(value).__name__} cannot stand in a table")


class ChunkedTable:
    """One Parquet file; rows are buffered and written in row groups."""

    def __init__(self, path: Path, columns: Mapping[str, str]) -> None:
        self._path = path
        self._kinds = dict(columns)
        self._rows: list[tuple[Any, ...]] = []
        self._writer: Any = None

    def add(self, row: tuple[Any, ...]) -> None:
        """Append a row: one value per column, in order, as Python values."""
        self._rows.append(row)
        if len(self._rows) >= ROWS_PER_CHUNK:
            self.flush()

    def flush(self) -> None:
        """Write what is buffered."""
        import pyarrow  # noqa: PLC0415 - takes half a second, and the command line may not need it
        import pyarrow.parquet  # noqa: PLC0415

        schema = pyarrow.schema([(name, _arrow(kind)) for name, kind in self._kinds.items()])
        if self._writer is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pyarrow.parquet.ParquetWriter(self._path, schema, compression="zstd")
        if self._rows:
            values = zip(*self._rows, strict=True)
            arrays = [
                pyarrow.array([stored(each, kind) for each in column], type=_arrow(kind))
                for column, kind in zip(values, self._kinds.values(), strict=True)
            ]
            self._writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
            self._rows.clear()

    def close(self) -> None:
        """Write what is buffered and the file's end; an empty table is a file too."""
        self.flush()
        self._writer.close()

    def abandon(self) -> None:
        """Close the file without caring for its content."""
        self._rows.clear()
        if self._writer is not None and self._writer.is_open:
            with suppress(OSError):
                self._writer.close()


def _arrow(kind: str) -> Any:
    import pyarrow  # noqa: PLC0415

    types = {
        "int64": pyarrow.int64(),
        "float64": pyarrow.float64(),
        "bool": pyarrow.bool_(),
    }
    return types.get(kind, pyarrow.string())


def kinds_of(columns: Mapping[str, Sequence[Any]]) -> dict[str, str]:
    """
    Return the column types of a table given by columns of Python values.

    An integer column becomes decimal strings as soon as one value does not fit in 63 bits.
    """
    return {name: _kind(values) for name, values in columns.items()}


def _kind(values: Sequence[Any]) -> str:
    present = [value for value in values if value is not None]
    if all(isinstance(value, bool) for value in present) and present:
        return "bool"
    if all(isinstance(value, int) for value in present) and present:
        fits = all(value.bit_length() <= _WIDEST_INT64 for value in present)
        return "int64" if fits else "decimal"
    if all(isinstance(value, int | float) for value in present) and present:
        return "float64"
    if all(isinstance(value, bytes) for value in present) and present:
        return "hex"
    if all(isinstance(value, str) for value in present):
        return "string"
    return "json"
