"""Read columns of text from a parquet file, and say plainly what is wrong with a file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pycode.errors import CourseError, nearest


def column_names(path: Path) -> list[str]:
    """Return the file's column names.

    Raises:
        CourseError: there is no such file, or it is not parquet.
    """
    return list(_open(path).schema_arrow.names)


def read_columns(path: Path, wanted: Sequence[str]) -> dict[str, list[Any]]:
    """Return the wanted columns as lists of equal length.

    Raises:
        CourseError: no such file, not parquet, damaged, or a column is missing.
    """
    file = _open(path)
    names = list(file.schema_arrow.names)
    missing = [name for name in wanted if name not in names]
    if missing:
        raise CourseError(
            f"{path.name} has no column {missing[0]!r}: it has {', '.join(names) or 'none'}; "
            f"wanted {', '.join(wanted)}.{nearest(missing[0], names)}"
        )
    return _read(file, path, wanted)


def read_strings(path: Path, wanted: Sequence[str]) -> dict[str, list[str]]:
    """Return the wanted columns as lists of strings without gaps.

    Raises:
        CourseError: as `read_columns`, or a column holds something other than text, or a gap.
    """
    columns = read_columns(path, wanted)
    for name, values in columns.items():
        for row, value in enumerate(values):
            if not isinstance(value, str):
                kind = "empty (null)" if value is None else type(value).__name__
                raise CourseError(
                    f"Column {name!r} of {path.name} must be text, but row {row} is {kind}."
                )
    return columns


def _open(path: Path) -> Any:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise CourseError(
            "Reading parquet needs the package `pyarrow`: install requirements/test.txt."
        ) from error
    if not path.exists():
        raise CourseError(f"There is no file {path.name} in {path.parent.name or 'this folder'}.")
    if path.is_dir():
        raise CourseError(f"{path.name} is a folder: name one parquet file.")
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError, MemoryError, ValueError) as error:
        raise CourseError(
            f"{path.name} is not a readable parquet file: {_first_line(error)}"
        ) from error


def _read(file: Any, path: Path, wanted: Sequence[str]) -> dict[str, list[Any]]:
    import pyarrow as pa

    try:
        table = file.read(columns=list(wanted))
        table.validate(full=True)
        return {name: table.column(name).to_pylist() for name in wanted}
    except (pa.ArrowException, OSError, MemoryError, ValueError, KeyError) as error:
        raise CourseError(f"{path.name} is damaged: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    text = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
    return f"{text.rstrip('.')}."
