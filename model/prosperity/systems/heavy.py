"""Panels of stocks in parquet or CSV, read in batches into matrices of days by stock.

pyarrow reads; it is imported here alone, when a file is. It comes with the extra ``sweep``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from prosperity.errors import DataError

#: Rows of a parquet file, and bytes of a CSV file, that are read at a time.
BATCH, BLOCK = 1 << 20, 1 << 24
#: Fields that are texts, whatever they look like: a code of digits keeps its zeros.
TEXTS = ("date", "code", "etf", "group")
NULLS = ("", "NA", "N/A", "#N/A", "NaN", "nan", "null", "None", "--", "-")
PARQUET = (".parquet", ".pq")
CSV = (".csv", ".txt", ".gz")
CHINESE = re.compile("[\u4e00-\u9fff]")
#: Names by which vendors call what is read, in small letters.
NAMES: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "trade_date", "time", "day", "日期", "交易日期", "时间"),
    "code": ("code", "ts_code", "stock", "symbol", "ticker", "wind_code", "代码", "证券代码"),
    "etf": ("etf", "fund", "fund_code", "etf_code", "基金代码"),
    "close": ("close", "adj_close", "close_adj", "收盘", "收盘价", "复权收盘价"),
    "group": ("industry", "index", "group", "行业", "指数", "index_code"),
    "weight": ("weight", "权重"),
    "amount": ("amount", "amt", "成交额"),
    "size": ("market_value", "mv", "size", "total_mv", "市值", "总市值"),
}


@dataclass(frozen=True)
class Matrix:
    """Values by day and code.

    Attributes
    ----------
    days : DatetimeIndex
        Ascending.
    codes : list of str
    values : mapping of str to ndarray
        (T, N) by field; NaN where there is none.
    groups : ndarray of int or None
        (T, N): the place in ``names`` of what a code belongs to on a day; -1 for nothing.
    names : list of str
    """

    days: pd.DatetimeIndex
    codes: list[str]
    values: Mapping[str, np.ndarray]
    groups: np.ndarray | None = None
    names: Sequence[str] = ()


def sha256(path: Path) -> str:
    """Return the hash of a file's bytes, as hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def header(path: Path) -> list[str]:
    """Return the names of a file's columns.

    Raises
    ------
    DataError
        ``no_file``, ``no_pyarrow``, ``unknown_file`` for another ending, ``unreadable``.
    """
    with _refusing(path):
        if path.suffix.casefold() in PARQUET:
            return list(_arrow().parquet.read_schema(path).names)
        with _csv(path, None) as reader:
            return list(reader.schema.names)


def _csv(path: Path, columns: Mapping[str, str] | None) -> Any:
    """Return a reader of a CSV file: UTF-8 or a Chinese encoding, codes and days as texts."""
    arrow = _arrow()
    texts = {} if columns is None else {columns[f]: arrow.string() for f in TEXTS if f in columns}
    convert = arrow.csv.ConvertOptions(
        include_columns=None if columns is None else list(columns.values()),
        column_types=texts,
        null_values=list(NULLS),
        strings_can_be_null=True,
    )
    options = arrow.csv.ReadOptions(block_size=BLOCK, encoding=_encoding(path))
    return arrow.csv.open_csv(path, read_options=options, convert_options=convert)


def _encoding(path: Path) -> str:
    if path.suffix.casefold() == ".gz":
        return "utf8"
    with path.open("rb") as file:
        start = file.read(1 << 16)
    start = start[: start.rfind(b"\n") + 1] or start
    texts = {name: _decoded(start, name) for name in ("utf-8", "gb18030")}
    # Some Chinese words in GB 18030 are valid UTF-8 too, but then of Latin letters.
    chinese = {
        name: text is not None and bool(CHINESE.search(text)) for name, text in texts.items()
    }
    if texts["utf-8"] is None or (chinese["gb18030"] and not chinese["utf-8"]):
        return "gb18030"
    return "utf8"


def fields(names: Sequence[str], wanted: Sequence[str]) -> dict[str, str]:
    """Return which column holds each field that is there."""
    folded = {name.strip().lstrip("\ufeff").casefold(): name for name in reversed(names)}
    found = {}
    for field in wanted:
        there = [folded[name] for name in NAMES[field] if name in folded]
        if there:
            found[field] = there[0]
    return found


def batches(path: Path, columns: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield arrow arrays by field, some rows at a time."""
    with _refusing(path):
        if path.suffix.casefold() in PARQUET:
            file = _arrow().parquet.ParquetFile(path)
            stream = file.iter_batches(BATCH, columns=list(columns.values()))
        else:
            stream = _csv(path, columns)
        for batch in stream:
            yield {field: batch.column(name) for field, name in columns.items()}


def _decoded(start: bytes, encoding: str) -> str | None:
    try:
        return start.decode(encoding)
    except UnicodeDecodeError:
        return None


class Coder:
    """Numbers for texts or days, given in the order in which they are met."""

    def __init__(self) -> None:
        self.known: dict[Any, int] = {}

    def numbers(self, array: Any) -> np.ndarray:
        """Return the number of each value of an arrow array; -1 for none."""
        coded = array.dictionary_encode() if not hasattr(array, "dictionary") else array
        own = coded.dictionary.to_pylist()
        place = [
            -1 if value is None else self.known.setdefault(value, len(self.known)) for value in own
        ]
        at = coded.indices.fill_null(len(place)).to_numpy(zero_copy_only=False)
        numbers: np.ndarray = np.array([*place, -1], dtype=np.int32)[at]
        return numbers


def numbered(coder: Coder, names: Sequence[Any]) -> np.ndarray:
    """Return the number of each of some texts; -1 for None."""
    return coder.numbers(_arrow().array(names, type=_arrow().string()))


def long_matrix(path: Path, columns: Mapping[str, str], values: Sequence[str]) -> Matrix:
    """Read a file with a row a code and day.

    Raises
    ------
    DataError
        ``doubled`` where a day and code stand there twice, ``bad_dates``.
    """
    days, codes, groups = Coder(), Coder(), Coder()
    parts: list[dict[str, np.ndarray]] = []
    for batch in batches(path, columns):
        part = {"day": days.numbers(batch["date"]), "code": codes.numbers(batch["code"])}
        if "group" in batch:
            part["group"] = groups.numbers(batch["group"]).astype(np.int16)
        for field in values:
            if field in batch:
                part[field] = numeric(batch[field])
        parts.append(part)
    if not parts or not days.known:
        raise no_rows(path)
    joined = {name: np.concatenate([p.pop(name) for p in parts]) for name in list(parts[0])}
    calendar, order = in_order(list(days.known), path)
    kept = (joined["day"] >= 0) & (joined["code"] >= 0)
    if not kept.all():
        joined = {name: own[kept] for name, own in joined.items()}
    row, column = order.astype(np.int32)[joined.pop("day")], joined.pop("code")
    shape = (len(calendar), len(codes.known))
    _refuse_doubled(row, column, calendar, list(codes.known), path, kept)
    found = {}
    for field in [field for field in values if field in joined]:
        found[field] = np.full(shape, np.nan)
        found[field][row, column] = joined.pop(field)
    belongs = None
    if "group" in joined:
        belongs = np.full(shape, -1, dtype=np.int16)
        belongs[row, column] = joined["group"]
    return Matrix(
        calendar, [str(c) for c in codes.known], found, belongs, [str(g) for g in groups.known]
    )


def wide_matrix(path: Path, names: Sequence[str], dates: str) -> Matrix:
    """Read a file of closes with days down and a code a column."""
    codes = [name for name in names if name != dates and name.strip()]
    rows: list[np.ndarray] = []
    stamps: list[Any] = []
    for batch in batches(path, {"date": dates, **{name: name for name in codes}}):
        stamps.extend(batch["date"].to_pylist())
        rows.append(np.column_stack([numeric(batch[code]) for code in codes]))
    calendar, order = in_order(stamps, path)
    if len(set(stamps)) < len(stamps):
        twice = pd.Series(stamps)[pd.Series(stamps).duplicated()].iloc[0]
        raise doubled(str(twice), "", path, ())
    values = np.full((len(calendar), len(codes)), np.nan)
    values[order] = np.concatenate(rows)
    return Matrix(calendar, codes, {"close": values})


def numeric(array: Any) -> np.ndarray:
    """Return an arrow array as floats; NaN for what is no number."""
    arrow = _arrow()
    kind = array.type
    if arrow.types.is_floating(kind) or arrow.types.is_integer(kind):
        own = array.cast(arrow.float64()).to_numpy(zero_copy_only=False)
        return np.where(np.isfinite(own), own, np.nan)
    own = pd.to_numeric(pd.Series(array.to_pylist(), dtype=object), errors="coerce")
    return np.asarray(own.replace([np.inf, -np.inf], np.nan), dtype=float)


def in_order(stamps: list[Any], path: Path) -> tuple[pd.DatetimeIndex, np.ndarray]:
    """Return the days in order, each once, and the place of each of ``stamps`` among them.

    Days may be dates, times, texts, or whole numbers such as 20250425.
    """
    texts = pd.Series(stamps, dtype=object).map(_day_text)
    days = pd.to_datetime(texts, errors="coerce", format="mixed").dt.normalize()
    if days.isna().any():
        bad = str(stamps[int(np.argmax(days.isna()))])[:40]
        raise DataError(
            "bad_dates",
            f"{path.name} 的日期“{bad}”无法识别。",
            f"{path.name}: the date {bad!r} cannot be read.",
        )
    calendar = pd.DatetimeIndex(np.unique(days.to_numpy("datetime64[ns]")))
    return calendar, np.asarray(calendar.searchsorted(days.to_numpy("datetime64[ns]")))


def _day_text(given: Any) -> str:
    text = str(given).strip()
    whole = text.removesuffix(".0")
    return f"{whole[:4]}-{whole[4:6]}-{whole[6:]}" if whole.isdigit() and len(whole) == 8 else text


def no_rows(path: Path) -> DataError:
    """Return the error for a file without data."""
    return DataError("no_rows", f"{path.name} 没有数据行。", f"{path.name} holds no rows.")


def _refuse_doubled(
    row: np.ndarray,
    column: np.ndarray,
    days: pd.DatetimeIndex,
    codes: list[Any],
    path: Path,
    kept: np.ndarray,
) -> None:
    seen = np.zeros((len(days), len(codes)), dtype=bool)
    seen[row, column] = True
    if int(seen.sum()) == len(row):
        return
    flat = row.astype(np.int64) * len(codes) + column
    place = int(flat[np.argmax(pd.Series(flat).duplicated())])
    lines = np.flatnonzero(kept)[np.flatnonzero(flat == place)[:2]] + 2
    day, code = days[place // len(codes)], codes[place % len(codes)]
    raise doubled(f"{day:%Y-%m-%d}", str(code), path, tuple(int(line) for line in lines))


def doubled(day: str, code: str, path: Path, lines: tuple[int, ...]) -> DataError:
    """Return the error that a day and code stand in a file twice."""
    both = " ".join(filter(None, (day, code)))
    zh = f"，第 {lines[0]} 行和第 {lines[1]} 行" if len(lines) > 1 else ""
    en = f", rows {lines[0]} and {lines[1]}" if len(lines) > 1 else ""
    return DataError(
        "doubled",
        f"{both} 在 {path.name} 中出现两次{zh}。",
        f"{both} stand twice in {path.name}{en}.",
        where=path.name,
    )


def _arrow() -> Any:
    try:
        import pyarrow
        import pyarrow.csv
        import pyarrow.parquet
    except ImportError:
        raise DataError(
            "no_pyarrow",
            "读取大表需要 pyarrow：pip install pyarrow。",
            "Reading heavy panels needs pyarrow: pip install pyarrow.",
        ) from None
    return pyarrow


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Turn what a reader raises into one clear error with the file's name."""
    if not path.is_file():
        raise DataError("no_file", f"没有文件 {path}。", f"There is no file {path}.")
    if path.suffix.casefold() not in (*PARQUET, *CSV):
        raise DataError(
            "unknown_file",
            f"{path.name} 应为 .parquet 或 .csv 文件。",
            f"{path.name} must be a .parquet or a .csv file.",
        )
    arrow = _arrow()
    try:
        yield
    except (arrow.ArrowException, OSError, UnicodeError) as error:
        raise DataError(
            "unreadable_table",
            f"{path.name} 无法读取：{error}",
            f"{path.name} cannot be read: {error}",
        ) from error
