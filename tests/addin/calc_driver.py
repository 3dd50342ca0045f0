"""What a person does in Calc, done through UNO: runs in a Python that has it, and prints JSON.

Called with the port of a running LibreOffice and a file that says what to do; see calc_office.py.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from typing import Any, Callable

import uno
import unohelper
from com.sun.star.beans import PropertyValue
from com.sun.star.frame import XDispatchResultListener

#: LibreOffice's number of "no value", which a cell shows until its own has come.
NOT_YET = 32767
PATIENCE = 120.0


class Calc:
    """A LibreOffice that runs."""

    def __init__(self, port: str) -> None:
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext(
            "com.sun.star.bridge.UnoUrlResolver", local
        )
        address = f"uno:socket,host=127.0.0.1,port={port};urp;StarOffice.ComponentContext"
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.context = resolver.resolve(address)
                break
            except Exception:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)
        self.desktop = self.make("com.sun.star.frame.Desktop")

    def make(self, name: str) -> Any:
        return self.context.ServiceManager.createInstanceWithContext(name, self.context)

    def open(self, path: str) -> Any:
        url = "private:factory/scalc" if not path else uno.systemPathToFileUrl(path)
        return self.desktop.loadComponentFromURL(url, "_blank", 0, ())

    def press(self, document: Any, action: str, given: str = "", agreed: str = "") -> str:
        """Choose an entry of the menu, and return what would be shown."""
        url = uno.createUnoStruct("com.sun.star.util.URL")
        url.Complete = f"org.prosperity.calc:{action}"
        url = self.make("com.sun.star.util.URLTransformer").parseStrict(url)[1]
        found = document.CurrentController.Frame.queryDispatch(url, "_self", 0)
        heard = Heard()
        arguments = (value("Quiet", True), value("Given", given), value("Agreed", agreed))
        found.dispatchWithNotification(url, arguments, heard)
        heard.event.wait(PATIENCE)
        return heard.said


class Heard(unohelper.Base, XDispatchResultListener):
    """Hears what an entry says."""

    def __init__(self) -> None:
        self.event, self.said = threading.Event(), "nothing was heard"

    def dispatchFinished(self, result: Any) -> None:  # noqa: N802
        self.said = str(result.Result)
        self.event.set()

    def disposing(self, source: Any) -> None:
        pass


def value(name: str, given: Any) -> Any:
    return PropertyValue(name, 0, given, 0)


def until(done: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def shown(cells: Any) -> list[list[Any]]:
    """Return what cells show: numbers, texts, and errors by their numbers."""
    address = cells.RangeAddress
    rows = [list(row) for row in cells.DataArray]
    for r in range(address.EndRow - address.StartRow + 1):
        for c in range(address.EndColumn - address.StartColumn + 1):
            error = cells.getCellByPosition(c, r).getError()
            if error:
                rows[r][c] = {"error": error}
    return rows


def settled(cells: Any) -> list[list[Any]]:
    """Return what cells show once their first one has its value."""
    first = cells.getCellByPosition(0, 0)
    until(lambda: first.getError() != NOT_YET)
    return shown(cells)


def every(calc: Calc, todo: Any) -> Any:
    """Enter each function and return what it shows."""
    document = calc.open("")
    sheet, found = document.Sheets.getByIndex(0), {}
    for n, one in enumerate(todo["every"]):
        cells = sheet.getCellRangeByPosition(
            30 * n, 0, 30 * n + one["width"] - 1, one["height"] - 1
        )
        if one["array"]:
            cells.setArrayFormula(one["formula"])
        else:
            cells.getCellByPosition(0, 0).setFormula(one["formula"])
        found[one["name"]] = settled(cells)
    document.calculateAll()
    again = {}
    for n, one in enumerate(todo["every"]):
        cells = sheet.getCellRangeByPosition(
            30 * n, 0, 30 * n + one["width"] - 1, one["height"] - 1
        )
        again[one["name"]] = settled(cells)
    document.close(True)
    return {"entered": found, "recalculated": again}


def errors(calc: Calc, todo: Any) -> Any:
    document = calc.open("")
    sheet, found = document.Sheets.getByIndex(0), {}
    formulas = {
        "unknown": '=PROSPERITY("nowhere")',
        "absent": '=PROSPERITY_SIGNAL("autos";"1990-01")',
        "isna": '=ISNA(PROSPERITY_SIGNAL("autos";"1990-01"))',
        "isna_of_wrong": '=ISNA(PROSPERITY("nowhere"))',
        "iserror": '=ISERROR(PROSPERITY("nowhere"))',
        "iferror": '=IFERROR(PROSPERITY("nowhere");"caught")',
        "no_book": '=PROSPERITY_SYSTEM("industry_diffusion")',
        "why": '=PROSPERITY_WHY("A1")',
        "of_an_error": "=PROSPERITY(A1)",
        "chinese": '=PROSPERITY("玻璃";;"景气度")-PROSPERITY("glass")',
    }
    for row, (name, formula) in enumerate(formulas.items()):
        cell = sheet.getCellByPosition(0, row)
        cell.setFormula(formula)
        # What is absent stays absent: one look is enough once the interpreter runs.
        found[name] = shown(sheet.getCellRangeByPosition(0, row, 0, row))[0][0]
    document.close(True)
    return found


def edits(calc: Calc, todo: Any) -> Any:
    """Change an input and look at cells that name it, and at one that does not."""
    document = calc.open(todo["book"])
    data = document.Sheets.getByName("data")
    document.Sheets.insertNewByName("calc", 0)
    sheet = document.Sheets.getByIndex(0)
    live, plain, pad = (sheet.getCellByPosition(0, row) for row in range(3))
    cursor = data.createCursor()
    cursor.gotoEndOfUsedArea(False)
    last = cursor.RangeAddress
    address = data.getCellRangeByPosition(0, 0, last.EndColumn, last.EndRow).AbsoluteName
    live.setFormula(f'=PROSPERITY("glass";;;{address})')
    plain.setFormula('=PROSPERITY("glass")')
    pad.setFormula('=PROSPERITY("glass";;;$data.A1:Z5000)')
    for cell in (live, plain, pad):
        until(lambda cell=cell: cell.getError() != NOT_YET)
    before = [live.Value, plain.Value, pad.Value]
    changed = [data.getCellByPosition(column, last.EndRow - 2) for column in range(1, 8)]
    old = [cell.Value for cell in changed]
    for cell in changed:
        cell.Value = cell.Value * 1.5 + 3
    until(lambda: live.Value not in (before[0], 0.0) and not live.getError())
    until(lambda: pad.Value == live.Value)
    after = [live.Value, plain.Value, pad.Value]
    said = calc.press(document, "refresh_all")
    until(lambda: plain.Value not in (before[1], 0.0) and not plain.getError())
    refreshed = plain.Value
    for cell, value_before in zip(changed, old):
        cell.Value = value_before
    until(lambda: live.Value == before[0])
    back = live.Value
    names = list(document.Sheets.ElementNames)
    document.close(True)
    return {"before": before, "after": after, "refreshed": refreshed, "back": back, "said": said,
            "sheets": names}  # fmt: skip


def killed(calc: Calc, todo: Any) -> Any:
    document = calc.open("")
    cell = document.Sheets.getByIndex(0).getCellByPosition(0, 0)
    cell.setFormula('=PROSPERITY("autos")')
    until(lambda: not cell.getError())
    before, ended = cell.Value, children()
    for pid in ended:
        os.kill(pid, signal.SIGKILL)
    until(lambda: not set(ended) & set(children()))
    # Another question: what has just come late is still known.
    cell.setFormula('=PROSPERITY("autos";"")')
    until(lambda: not cell.getError())
    after = cell.Value
    started = children()
    document.close(True)
    return {"before": before, "after": after, "ended": ended, "started": started}


def children() -> list[int]:
    """Return the interpreters that our LibreOffice has started."""
    found = []
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                command = file.read().split(b"\0")
            with open(f"/proc/{name}/environ", "rb") as file:
                ours = f"PROSPERITY_SETTINGS={os.environ['PROSPERITY_SETTINGS']}".encode()
                mine = ours in file.read().split(b"\0")
        except (OSError, KeyError):
            continue
        if mine and b"prosperity_excel.calc.serving" in command:
            found.append(int(name))
    return found


def rank(calc: Calc, todo: Any) -> Any:
    """Rank twenty industries, and use the sheet meanwhile."""
    document = calc.open(todo["all"])
    document.Sheets.insertNewByName("calc", 0)
    sheet = document.Sheets.getByIndex(0)
    cells = sheet.getCellRangeByPosition(0, 0, 3, 20)
    cells.setArrayFormula('=PROSPERITY_RANK(;"percentile")')
    first = cells.getCellByPosition(0, 0)
    meanwhile = []
    other = sheet.getCellByPosition(6, 0)
    for n in range(1000):
        if first.getError() != NOT_YET:
            break
        begun = time.monotonic()
        other.setFormula(f"={n}+1")
        meanwhile.append([other.Value, time.monotonic() - begun])
        time.sleep(0.05)
    found = settled(cells)
    document.close(True)
    return {"rank": found, "meanwhile": meanwhile}


def presses(calc: Calc, todo: Any) -> Any:
    document = calc.open(todo["pressed"])
    sheets = document.Sheets
    said = {"settings": calc.press(document, "settings")}
    said["check"] = calc.press(document, "check_data")
    checks = shown(sheets.getByName("checks").getCellRangeByPosition(0, 0, 5, 0))
    said["report"] = calc.press(document, "write_report", todo["report"])
    said["update"] = calc.press(document, "update_data")
    sheets.insertNewByName("calc", 0)
    cell = sheets.getByIndex(0).getCellByPosition(0, 0)
    cell.setFormula('=PROSPERITY("glass")')
    until(lambda: not cell.getError())
    document.CurrentController.select(cell)
    said["why"] = calc.press(document, "explain")
    data = sheets.getByName("data")
    cursor = data.createCursor()
    cursor.gotoEndOfUsedArea(False)
    last = [cursor.RangeAddress.EndRow]
    said["import"] = calc.press(document, "import_export", todo["export"])
    said["write"] = calc.press(document, "write_import")
    cursor.gotoEndOfUsedArea(False)
    last.append(cursor.RangeAddress.EndRow)
    said["undo"] = calc.press(document, "undo")
    cursor.gotoEndOfUsedArea(False)
    last.append(cursor.RangeAddress.EndRow)
    said["diagnose"] = calc.press(document, "diagnose")
    names = list(sheets.ElementNames)
    document.close(True)
    unsaved = calc.open("")
    said["no_book"] = calc.press(unsaved, "check_data")
    unsaved.close(True)
    return {"said": said, "sheets": names, "checks": checks, "last": last}


def travels(calc: Calc, todo: Any) -> Any:
    """Open a book written for Excel, save it in three ways, and open these again."""
    document = calc.open(todo["travel"])
    sheet = document.Sheets.getByIndex(0)
    cell = sheet.getCellByPosition(0, 0)
    until(lambda: "PROSPERITY.CALC" in cell.Formula and not cell.getError())
    areas = ("A1:A3", "C1:D6")
    until(lambda: not sheet.getCellRangeByName("A3").getError())
    found = {"opened": [settled(sheet.getCellRangeByName(area)) for area in areas]}
    whole = sheet.getCellRangeByName("A4")
    until(lambda: "A1" in whole.Formula)
    found["whole_column"] = whole.Formula
    modified = document.isModified()
    for suffix, name in (("xlsx", "Calc MS Excel 2007 XML"), ("ods", "calc8"),
                         ("xls", "MS Excel 97")):  # fmt: skip
        path = os.path.join(todo["folder"], f"back.{suffix}")
        document.storeToURL(uno.systemPathToFileUrl(path), (value("FilterName", name),))
    document.close(True)
    for suffix in ("xlsx", "ods", "xls"):
        document = calc.open(os.path.join(todo["folder"], f"back.{suffix}"))
        document.calculateAll()
        sheet = document.Sheets.getByIndex(0)
        found[suffix] = [settled(sheet.getCellRangeByName(area)) for area in areas]
        document.close(True)
    found["modified"] = modified
    return found


def many(calc: Calc, todo: Any) -> Any:
    """Recalculate a thousand cells, and say how long it took."""
    document = calc.open("")
    sheet = document.Sheets.getByIndex(0)
    cells = sheet.getCellRangeByPosition(0, 0, 0, 999)
    months = [f"{2015 + n // 12 % 10}-{n % 12 + 1:02}" for n in range(1000)]
    cells.setFormulaArray(tuple((f'=PROSPERITY("autos";"{month}")',) for month in months))
    until(lambda: not cells.getCellByPosition(0, 999).getError())
    document.calculateAll()
    seconds = []
    for _ in range(todo.get("rounds", 1)):
        begun = time.monotonic()
        document.calculateAll()
        seconds.append(time.monotonic() - begun)
    values = [row[0] for row in shown(cells)]
    document.close(True)
    return {"seconds": seconds, "values": values, "months": months}


def wizard(calc: Calc, todo: Any) -> Any:
    """Return what the function wizard knows of our functions."""
    descriptions = calc.make("com.sun.star.sheet.FunctionDescriptions")
    found = {}
    for n in range(descriptions.getCount()):
        told = {one.Name: one.Value for one in descriptions.getByIndex(n)}
        if str(told["Name"]).startswith("PROSPERITY"):
            arguments = [[a.Name, a.Description, a.IsOptional] for a in told["Arguments"] or ()]
            found[told["Name"]] = {"help": told["Description"], "arguments": arguments}
    return found


SCENES = (wizard, every, errors, many, edits, killed, rank, presses, travels)


def main() -> None:
    port, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        todo = json.load(file)
    calc = Calc(port)
    found = {}
    for scene in SCENES:
        if scene.__name__ in todo.get("scenes", [s.__name__ for s in SCENES]):
            begun = time.monotonic()
            try:
                found[scene.__name__] = scene(calc, todo)
            except Exception as error:
                found[scene.__name__] = {"failed": f"{type(error).__name__}: {error}"}
            sys.stderr.write(f"{scene.__name__} {time.monotonic() - begun:.1f}\n")
    try:
        calc.desktop.terminate()
    except Exception:  # it is gone before it can say so
        pass
    print(json.dumps(found))


if __name__ == "__main__":
    main()
