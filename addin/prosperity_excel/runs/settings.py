"""Settings from a sheet, the user's file and the defaults: one spelling, one precedence.

A name is spelled the same everywhere: a field of :class:`prosperity.settings.Settings`, or one of
:data:`ADDIN_SETTINGS`. What the ``settings`` sheet of a book says comes first, then the user's
file, then the default. Options of a shell command come before all of them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, cast

from prosperity.errors import BookError, SettingError, nearest
from prosperity.settings import Settings

from prosperity_excel.files.backups import keep_copy, prune
from prosperity_excel.files.child import read_guarded
from prosperity_excel.files.places import FILE_VARIABLE as FILE_VARIABLE
from prosperity_excel.files.places import user_file as user_file
from prosperity_excel.files.regular import refuse_odd
from prosperity_excel.files.replacing import is_there, replacing
from prosperity_excel.runs.written import is_ours, note
from prosperity_excel.sheets.cells import Cell, PercentCell, day, number, text
from prosperity_excel.sheets.workbook import Sheet, Workbook, address, open_workbook
from prosperity_excel.words.book_words import SETTINGS_WORDS, clean
from prosperity_excel.words.tongue import LANGUAGES, Language, locale_language

Source = Literal["option", "sheet", "user", "default"]

#: What the sheet may be called.
SETTINGS_SHEET = SETTINGS_WORDS
#: Bytes of the user's file that are read; it has a few hundred.
MOST_FILE = 100_000
#: Where a value comes from, in Chinese and English, the first one first.
SOURCES: Mapping[Source, tuple[str, str]] = {
    "option": ("命令行", "option"),
    "sheet": ("工作表", "sheet"),
    "user": ("用户文件", "user file"),
    "default": ("默认", "default"),
}


@dataclass(frozen=True)
class AddinSetting:
    """A setting that is not about the numbers: its default and its meaning."""

    default: str
    zh: str
    en: str
    words: tuple[str, ...] = ()


ADDIN_SETTINGS: Mapping[str, AddinSetting] = {
    "library": AddinSetting(
        "",
        "资料夹：公式从其中的工作簿取行业数据；相对路径以工作簿所在文件夹为准",
        "library folder whose books hold the industries' data; a relative path starts at the "
        "folder of the book",
    ),
    "language": AddinSetting(
        "auto",
        "消息与报告的语言：auto（按系统语言）、both、zh、en",
        "language of messages and reports: auto (of the system), both, zh, en",
        ("auto", *LANGUAGES),
    ),
    "repair_links": AddinSetting(
        "on",
        "打开工作簿时是否自动修复指向他人电脑加载项的公式：on、off",
        "whether formulas that point to another machine's add-in file are put right when a book is "
        "opened: on, off",
        ("on", "off"),
    ),
    "refresh_on_open": AddinSetting(
        "off",
        "打开有 result 表的工作簿时是否自动刷新：on、off（只看用户文件；工作簿可写 off 免去）",
        "whether a book with results is refreshed when it is opened: on, off (of the user's file; "
        "a book may say off for itself)",
        ("on", "off"),
    ),
    "format_results": AddinSetting(
        "on",
        "刷新后是否为常规格式的公式结果设日期与两位小数格式：on、off",
        "whether results of formulas in cells of the General format become dates and get two "
        "decimals after a refresh: on, off",
        ("on", "off"),
    ),
}
#: Those of them that are on or off.
SWITCHES = ("repair_links", "refresh_on_open", "format_results")


@dataclass(frozen=True)
class Resolved:
    """Settings in force, and where each comes from.

    Attributes
    ----------
    settings : Settings
    language : {"both", "zh", "en"}
    library : Path or None
    repair_links, refresh_on_open, format_results : {"on", "off"}
    sources : mapping of str to str
        By name: ``option``, ``sheet``, ``user`` or ``default``.
    """

    settings: Settings
    language: Language
    library: Path | None
    repair_links: str
    refresh_on_open: str
    format_results: str
    sources: Mapping[str, Source]

    def value(self, name: str) -> object:
        """Return a value by name, as it would be written."""
        if name == "library":
            return "" if self.library is None else str(self.library)
        if name in ADDIN_SETTINGS:
            return getattr(self, name)
        value = getattr(self.settings, name)
        return "" if value is None else value


def names() -> tuple[str, ...]:
    """Return every setting's name, the add-in's own first."""
    return (*ADDIN_SETTINGS, *(f.name for f in fields(Settings)))


def described(name: str) -> tuple[object, str, str]:
    """Return a setting's default and its meaning in Chinese and English."""
    if name in ADDIN_SETTINGS:
        own = ADDIN_SETTINGS[name]
        return own.default, own.zh, own.en
    field = next(f for f in fields(Settings) if f.name == name)
    default = "" if field.default in (None, MISSING) else field.default
    return default, field.metadata["zh"], field.metadata["en"]


def resolve(
    *,
    options: Mapping[str, object] | None = None,
    sheet: Mapping[str, object] | None = None,
    user: Mapping[str, object] | None = None,
    folder: Path | None = None,
) -> Resolved:
    """Put settings together.

    Parameters
    ----------
    options, sheet, user
        Values by name, as given; parsed here. ``user`` None reads the user's file.
    folder
        Where a relative library of the sheet starts; None is the current folder.

    Raises
    ------
    SettingError
        For an unknown name, or a value that cannot be read or is outside its range.
    """
    layers: tuple[tuple[Source, Mapping[str, object]], ...] = (
        ("option", options or {}),
        ("sheet", sheet or {}),
        ("user", read_user() if user is None else user),
    )
    values: dict[str, Any] = {}
    sources: dict[str, Source] = dict.fromkeys(names(), "default")
    for source, given in reversed(layers):
        for name, value in given.items():
            values[_known(name)] = parse(name, value)
            sources[name] = source
    own = {name: values.pop(name, setting.default) for name, setting in ADDIN_SETTINGS.items()}
    library = Path(str(own["library"])).expanduser() if own["library"] else None
    if library is not None and not library.is_absolute() and folder is not None:
        library = folder / library
    said = own["language"]
    language = locale_language() if said == "auto" else cast("Language", said)
    switches = {name: str(own[name]) for name in SWITCHES}
    return Resolved(Settings(**values), language, library, **switches, sources=sources)


def parse(name: str, value: object) -> object:
    """Read a setting from text or a cell's value, in the type of its field.

    Raises
    ------
    SettingError
        When the name is not known, or the value cannot be read as what the setting holds.
    """
    _known(name)
    shown = text(cast("Cell", value)) if not isinstance(value, date | datetime) else str(value)
    if name in ADDIN_SETTINGS:
        words = ADDIN_SETTINGS[name].words
        if words and shown not in words:
            raise _unreadable(name, shown, words[0])
        return shown
    field = next(f for f in fields(Settings) if f.name == name)
    kind = str(field.type)
    if isinstance(value, PercentCell):
        value = value.value
    if shown == "" and "None" in kind:
        return None
    if "date" in kind:
        read = day(value)  # type: ignore[arg-type]
        if read.value is None:
            raise _unreadable(name, shown, "2023-07-31")
        month_only = read.coercion in ("month_text", "month_number")
        return read.value.replace(day=1) if month_only and name == "start" else read.value
    if "int" in kind or kind == "float":
        found = number(value)  # type: ignore[arg-type]
        if found.value is None or ("int" in kind and found.value != int(found.value)):
            raise _unreadable(name, shown, "3")
        return int(found.value) if "int" in kind else found.value
    return shown


def sheet_settings(workbook: Workbook) -> dict[str, object]:
    """Return what the ``settings`` sheet of a book says: names in column A, values in column B.

    Rows without a value are passed over, and so is a heading. Values are parsed, so that a wrong
    one is reported with its cell.

    Raises
    ------
    SettingError
        For an unknown name or an unreadable value, with the cell.
    """
    sheet = workbook.find(SETTINGS_SHEET)
    return {} if sheet is None else dict(_sheet_rows(sheet))


def book_settings(path: Path) -> dict[str, object]:
    """Return what the ``settings`` sheet of a closed book says; see :func:`sheet_settings`."""
    return sheet_settings(open_workbook(path))


def run_settings(options: Mapping[str, object], books: Iterable[Path] = ()) -> Settings:
    """Return the settings of a run over books whose ``settings`` sheets are read for it.

    Raises
    ------
    SettingError, BookError
        As :func:`settled` and :func:`book_settings` say.
    """
    return settled(options, {path: read_guarded(book_settings, path) for path in books})


def settled(options: Mapping[str, object], said: Mapping[Path, Mapping[str, object]]) -> Settings:
    """Return the settings of a run: options, then the books' sheets, the user's file, defaults.

    As of a day the sheets count as they were then, where that was kept.

    Parameters
    ----------
    options
        Values by name.
    said
        By book, what its sheet says now; see :func:`sheet_settings`.

    Raises
    ------
    SettingError
        As :func:`resolve` says; ``settings_differ`` when two books say different things.
    BookError
        When a history cannot be read.
    """
    settings = resolve(options=options, sheet=_agreed(said)).settings
    if settings.as_of is None:
        return settings
    then = {path: sheet_then(given, path, settings.as_of) for path, given in said.items()}
    sheet = {**_agreed(then), "as_of": settings.as_of}
    return resolve(options=options, sheet=sheet).settings


def _agreed(said: Mapping[Path, Mapping[str, object]]) -> dict[str, object]:
    """Return what several books say together of the numbers."""
    together: dict[str, object] = {}
    told_by: dict[str, str] = {}
    for path, given in said.items():
        for name, value in given.items():
            if name in ADDIN_SETTINGS:
                continue
            if name in together and together[name] != value:
                raise SettingError(
                    "settings_differ",
                    f"{told_by[name]} 与 {path.name} 的 settings 表中 {name} 不同，请改为一致，"
                    "或分开运行。",
                    f"The settings sheets of {told_by[name]} and {path.name} differ in {name}; "
                    "make them agree, or run the books apart.",
                )
            together[name], told_by[name] = value, path.name
    return together


def sheet_then(given: Mapping[str, object], file: Path, on: date) -> dict[str, object]:
    """Return what a settings sheet said on a day, as far as that was kept.

    Parameters
    ----------
    given
        What the sheet says now: settings that are not about numbers, and the day itself, stay so.
    file
        The book's file, beside which the history lies.
    on
        The day.

    Raises
    ------
    BookError
        When the history cannot be read.
    """
    from prosperity_excel.vintages import settings_on

    kept = None if on >= date.today() else settings_on(file, on)
    if kept is None:
        return dict(given)
    now = {n: v for n, v in given.items() if n in ADDIN_SETTINGS or n == "as_of"}
    return {**now, **{name: parse(name, value) for name, value in kept.items()}}


def _sheet_rows(sheet: Sheet) -> Iterable[tuple[str, object]]:
    for row in range(len(sheet.rows)):
        name, value = clean(text(sheet.cell(row, 0))), sheet.cell(row, 1)
        if not name or value is None or value == "" or not name.isascii() or " " in name:
            continue
        try:
            yield name, parse(name, value)
        except SettingError as error:
            place = f"{sheet.place()}!{address(row, 0 if error.code == 'unknown_setting' else 1)}"
            raise SettingError(error.code, error.zh, error.en, where=place) from None


def trusted_file() -> Path:
    """Return the file of confirmed libraries, beside the user's file."""
    return user_file().with_name("confirmed_libraries.json")


def read_user(path: Path | None = None) -> dict[str, object]:
    """Return what the user's file says; nothing when there is no such file.

    Raises
    ------
    SettingError
        When the file is not TOML, names an unknown setting or holds an unreadable value.
    """
    path = path or user_file()
    try:
        refuse_odd(path)
        with path.open("rb") as file:
            raw = tomllib.loads(file.read(MOST_FILE).decode("utf-8"))
    except BookError as error:
        if error.code in ("missing_file", "broken_link"):
            return {}
        raise SettingError(error.code, error.zh, error.en, where=str(path)) from None
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError, RecursionError) as error:
        raise SettingError(
            "bad_settings_file",
            f"设定文件无法读取（{error}）。请改正，或删除该文件以恢复默认。",
            f"The settings file cannot be read ({error}). Correct it, or delete it for the "
            "defaults.",
            where=str(path),
        ) from None
    try:
        return {name: parse(name, value) for name, value in raw.items()}
    except SettingError as error:
        raise SettingError(error.code, error.zh, error.en, where=str(path)) from None


def write_user(changes: Mapping[str, object], path: Path | None = None) -> Path:
    """Change the user's file; a value of None or an empty text takes the entry out.

    Every value is checked first, so that a wrong one changes nothing.

    Raises
    ------
    SettingError
        As :func:`parse`, and when the values do not go together.
    """
    path = path or user_file()
    values = read_user(path)
    for name, value in changes.items():
        if value is None or value == "":
            values.pop(_known(name), None)
        else:
            values[name] = parse(name, value)
    resolve(user=values)
    text = _with_values(path, values)
    if is_there(path) and not is_ours(path, "settings"):
        # Somebody has typed into it; the copy is as they left it.
        prune(path, keep_copy(path, path.read_bytes(), "settings", datetime.now()))
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    note(path, "settings")
    return path


def _with_values(path: Path, values: Mapping[str, object]) -> str:
    """Return the user's file with these values; comments, order and unchanged lines stay."""
    import tomlkit

    there = path.read_bytes().decode("utf-8") if is_there(path) else ""
    document = tomlkit.parse(there or "# Prosperity: 用户设定 user settings\n")
    for name in [name for name in document if name not in values]:
        del document[name]
    for name, value in values.items():
        plain = document[name].unwrap() if name in document else None
        same_kind = isinstance(plain, bool) == isinstance(value, bool)
        if name not in document or plain != value or not same_kind:
            document[name] = value
    return tomlkit.dumps(document)


def _known(name: str) -> str:
    if name in names():
        return name
    near = nearest(name, names())
    hint_zh = f"最接近的是：{'、'.join(near)}。" if near else ""
    hint_en = f" Nearest: {', '.join(near)}." if near else ""
    raise SettingError(
        "unknown_setting",
        f"没有“{name}”这个设定。{hint_zh}运行 prosperity settings 查看全部。",
        f"There is no setting {name!r}.{hint_en} Run 'prosperity settings' for all of them.",
    )


def _unreadable(name: str, shown: str, example: str) -> SettingError:
    return SettingError(
        "unreadable_setting",
        f"{name} 的值“{shown}”无法读取，应形如 {example}。",
        f"The value {shown!r} of {name} cannot be read; it should look like {example}.",
    )
