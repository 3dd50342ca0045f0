"""Which previews of imports were shown here: only these are carried out."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from prosperity.errors import BookError

if TYPE_CHECKING:
    from prosperity_excel.exports.export_series import SheetReading
    from prosperity_excel.intake.preview import Answers

#: Previews that are remembered, one for each workbook.
KEPT_PREVIEWS = 32


class Previews:
    """The previews that this process has shown, by the full name of their workbook.

    Anybody can prepare a sheet that looks like a preview and names files; only one that was made
    here, and still names the same files and the same content, is carried out.
    """

    def __init__(self) -> None:
        self._shown: OrderedDict[str, tuple[tuple[Path, ...], str]] = OrderedDict()
        self._fetched: dict[str, tuple[SheetReading, ...]] = {}

    def keep(
        self,
        identity: str,
        files: Sequence[Path],
        shown: str,
        fetched: Sequence[SheetReading] = (),
    ) -> None:
        """Remember what a workbook's sheet shows now.

        ``fetched`` is what vendors gave, where it shows that instead of files.
        """
        self._shown[identity] = tuple(files), shown
        self._fetched[identity] = tuple(fetched)
        self._shown.move_to_end(identity)
        while len(self._shown) > KEPT_PREVIEWS:
            oldest, _ = self._shown.popitem(last=False)
            self._fetched.pop(oldest, None)

    def has(self, identity: str) -> bool:
        """Whether a preview of a workbook was shown."""
        return identity in self._shown

    def fetched(self, identity: str) -> tuple[SheetReading, ...]:
        """Return what vendors gave for the preview of a workbook; empty where it shows files."""
        return self._fetched.get(identity, ())

    def check(self, identity: str, answers: Answers, where: str) -> None:
        """Raise unless what a sheet says is the preview that was shown.

        Raises
        ------
        BookError
            ``unknown_preview``.
        """
        if self._shown.get(identity) != (tuple(answers.files), answers.shown):
            raise BookError(
                "unknown_preview",
                "这张导入预览不是本次在这里生成的（Excel 重启过、工作簿改了名，或表被改动），没有"
                "写入任何数据。请重新按“导入数据”。",
                "This preview was not made here in this session: Excel was started again, the book "
                "has another name, or the sheet was changed. Nothing was written; press Import "
                "export again.",
                where=where,
            )
